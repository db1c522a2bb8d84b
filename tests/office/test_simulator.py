"""A chain under bad luck: sticks are lost, copied, torn, doubled and mixed up, by a seeded die.

After the storm each till gets good sticks until it has nothing left to send. Then every closing
is held exactly once with the digest that the till computed, every delivered byte lies in the
archive, and no letter ever acknowledged a closing that was not held.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.world import World, assert_held, assert_sound
from tillferry.closing.ranges import from_ranges
from tillferry.closing.seams import ItemState
from tillferry.formats.documents import read_letter
from tillferry.till.home import open_home

TILLS = (1, 2, 3)
EVENTS = 45


@dataclass
class Storm:
    """The chain, the die, and what has happened so far."""

    world: World
    die: random.Random
    closed: dict[int, int] = field(default_factory=lambda: dict.fromkeys(TILLS, 0))
    sticks: list[Path] = field(default_factory=list)
    delivered: set[str] = field(default_factory=set)
    made: int = 0

    def step(self) -> None:
        """One random event."""
        events = [
            *(self.close_day, self.close_day, self.send, self.send, self.send),
            *(self.lose, self.copy, self.damage, self.deliver, self.deliver, self.lose_letters),
        ]
        self.die.choice(events)()

    def close_day(self) -> None:
        number = self.die.choice(TILLS)
        self.closed[number] += 1
        self.world.close(number, self.closed[number])

    def send(self) -> None:
        """A till meets a stick, an old one or a new one."""
        if not self.sticks or self.die.random() < 0.4:
            self.sticks.append(self.new_stick())
        self.world.send(self.die.choice(TILLS), self.die.choice(self.sticks))

    def new_stick(self) -> Path:
        self.made += 1
        return self.world.stick(f"stick-{self.made}")

    def lose(self) -> None:
        if len(self.sticks) > 1:
            shutil.rmtree(self.sticks.pop(self.die.randrange(len(self.sticks))))

    def copy(self) -> None:
        """Somebody copies a stick; the copy turns up on its own."""
        if self.sticks:
            twin = self.new_stick()
            shutil.copytree(self.die.choice(self.sticks), twin, dirs_exist_ok=True)
            self.sticks.append(twin)

    def damage(self) -> None:
        """A flipped byte or a torn end in a bundle on a stick."""
        bundles = [file for stick in self.sticks for file in sorted(stick.rglob("*.tfb"))]
        if not bundles:
            return
        file = self.die.choice(bundles)
        data = bytearray(file.read_bytes())
        if self.die.random() < 0.5 and data:
            data[self.die.randrange(len(data))] ^= 1 << self.die.randrange(8)
        else:
            del data[self.die.randrange(len(data) + 1) :]
        file.write_bytes(data)

    def lose_letters(self) -> None:
        if self.sticks:
            shutil.rmtree(self.die.choice(self.sticks) / "Tillferry" / "letters", True)

    def deliver(self) -> None:
        """Some sticks reach head office, in any order, some of them twice."""
        if self.sticks:
            self.bring(self.die.choices(self.sticks, k=self.die.randint(1, 3)))

    def bring(self, sticks: list[Path]) -> None:
        for stick in sticks:
            for file in stick.rglob("*.tfb"):
                self.delivered.add(hashlib.sha256(file.read_bytes()).hexdigest())
        told = self.world.bring(*sticks)
        assert told.failed == []
        for one in told.outcomes:
            assert one.state in {ItemState.IMPORTED, ItemState.ALREADY_PRESENT} or (
                # Only a damaged file is refused: nothing that a till sealed.
                one.state is ItemState.REJECTED
                and {entry.code for entry in one.findings} <= {"bundle_damaged"}
            ), one
        for stick in sticks:
            self.check_letters(stick)

    def check_letters(self, stick: Path) -> None:
        for number in TILLS:
            settings = open_home(self.world.till(number)).settings
            for file in stick.glob(f"Tillferry/letters/tl1-{settings.customer_number}-*"):
                letter = read_letter(
                    file,
                    office_key=settings.office_key,
                    customer_number=settings.customer_number,
                )
                assert set(from_ranges(letter.through)) <= set(self.world.held(number))

    def settle(self) -> None:
        """Sticks that nobody harms go to and fro until no till has anything to send.

        They may carry what was damaged before: also without a new stick all heals.
        """
        for _ in range(3):
            for number in TILLS:
                stick = self.die.choice(self.sticks) if self.sticks else self.new_stick()
                self.world.send(number, stick)
                self.bring([stick])
                self.world.send(number, stick)
        for number in TILLS:
            sent = self.world.send(number, self.new_stick())
            assert sent.bundle is None
            assert sent.standing.waiting == ()


@pytest.mark.parametrize("seed", [*range(5), 204])
def test_after_any_storm_every_closing_is_held_exactly_once(tmp_path: Path, seed: int) -> None:
    storm = Storm(World(tmp_path), random.Random(seed))
    for number in TILLS:
        storm.world.add_till(number)
        storm.closed[number] = 1
        storm.world.close(number, 1)
    for _ in range(EVENTS):
        storm.step()
    storm.settle()
    for number in TILLS:
        assert_held(storm.world, number, range(1, storm.closed[number] + 1))
    with storm.world.opened() as opened:
        known = {delivery.sha256 for delivery in opened.journal.deliveries()}
    archive = storm.world.office / "archive"
    for sha256 in storm.delivered:
        kept = (archive / sha256[:2] / sha256).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == sha256
        assert sha256 in known
    assert_sound(storm.world)
    assert storm.world.status().is_complete
