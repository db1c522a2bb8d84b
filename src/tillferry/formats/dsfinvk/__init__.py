"""The legal format of German tills, DSFinV-K 2.3 and 2.4: packs, exports, a tolerant reader."""
