"""Head office: takes deliveries in, decides per closing, acknowledges, shows what is missing."""
