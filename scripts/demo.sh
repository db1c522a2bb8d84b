#!/usr/bin/env bash
# The whole road once: tills write exports, a stick carries them, head office books and answers.
# On a terminal it ends with head office in the browser; elsewhere with where to look.
# ``demo.sh [FOLDER] [options of office run]``
set -euo pipefail
cd "$(dirname "$0")/.."
demo=${1:-demo}
shift || true
tillferry() { echo; echo "\$ tillferry $*"; .venv/bin/tillferry "$@"; }
if [ -e "$demo" ] && [ ! -e "$demo/office/office.json" ]; then
    echo "$demo is no demo of before, so it is left alone."
    exit 1
fi
rm -rf "$demo"
mkdir -p "$demo/stick"

echo "--- Head office is set up and enrols a till."
welcome=$(.venv/bin/tillferry office init --home "$demo"/office --customer-number 1000 \
    --name "Zentrale")
echo; echo "\$ tillferry office init --home $demo/office --customer-number 1000 --name Zentrale"
echo "$welcome"
tillferry office enrol --home "$demo"/office --customer-number 1001 --name "Strandbar Nord" \
    --out "$demo"/strandbar-nord.enrolment
tillferry sample "$demo"/exports --tills 3 --days 7 --receipts 120 --seed 1

echo; echo "--- The till takes over five days from the register beside it and fills the stick."
tillferry till init --home "$demo"/till --enrolment "$demo"/strandbar-nord.enrolment
tillferry till send --home "$demo"/till --stick "$demo"/stick \
    "$demo"/exports/till-01/2026-10-{19,20,21,22,23}.zip

echo; echo "--- Head office imports the stick and puts its answer onto it."
tillferry office import "$demo"/stick --home "$demo"/office
echo; echo "--- The same stick again: nothing is booked twice."
tillferry office import "$demo"/stick --home "$demo"/office

echo; echo "--- Two tills without Tillferry deliver plain DSFinV-K exports; one lacks a day."
rm "$demo"/exports/till-03/2026-10-22.zip
status=0
tillferry office import "$demo"/exports/till-02 "$demo"/exports/till-03 --home "$demo"/office || status=$?
[ "$status" -eq 3 ] || { echo "unknown tills must wait"; exit 1; }
tillferry office import "$demo"/exports/till-02 "$demo"/exports/till-03 --home "$demo"/office \
    --accept-new-tills

echo; echo "--- The till reads the answer with the next stick and sends the last two days."
tillferry till send --home "$demo"/till --stick "$demo"/stick "$demo"/exports/till-01/2026-10-{24,25}.zip
tillferry office import "$demo"/stick --home "$demo"/office
status=0
tillferry office status --home "$demo"/office || status=$?
[ "$status" -eq 3 ] || { echo "the missing day must show"; exit 1; }

echo; echo "--- The auditor gets the closings back in the legal format; everything is checked."
tillferry office export "$demo"/strandbar-nord.zip --home "$demo"/office --till 1001
tillferry office check --home "$demo"/office

if [ ! -t 0 ] || [ ! -t 1 ]; then
    echo; echo "--- Look at it in the browser (the password of admin stands at the top):"
    echo "    .venv/bin/tillferry office run --home $demo/office"
    exit
fi
echo; echo "--- Head office in the browser. Ctrl-C ends it."
echo "$welcome" | sed -n 2,3p
# As a job of its own it has the terminal to itself: Ctrl-C ends it, and not make around it.
set -m
tillferry office run --home "$demo"/office --open "$@"
