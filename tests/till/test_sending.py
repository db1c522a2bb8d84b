"""One contact with a stick: letters in, bundles out, acknowledged bundles away."""

from __future__ import annotations

from tests.till.chain import Chain
from tillferry.closing.model import ClosingBatch, concat_batches
from tillferry.formats.bundle import open_bundle
from tillferry.formats.documents import Resend
from tillferry.formats.keys import proof_is_right
from tillferry.formats.manifest import Manifest
from tillferry.sample import sample_batch


def days(*numbers: int) -> ClosingBatch:
    return concat_batches([sample_batch(1, number, 6, 1) for number in numbers])


def manifest(chain: Chain, stick: str, name: str) -> Manifest:
    path = chain.folder / stick / "Tillferry" / "bundles" / name
    with open_bundle(path, recipient=chain.office, scratch=chain.folder) as bundle:
        return bundle.manifest


def bundle_names(chain: Chain, stick: str) -> list[str]:
    return [file.name for file in chain.stick(stick).files("bundles")]


def test_everything_due_goes_onto_the_stick_with_the_proof_of_enrolment(chain: Chain) -> None:
    chain.outbox.put(days(1, 2))
    sent = chain.send(chain.stick("a"))
    assert sent.bundle is not None and sent.bundle.z_nrs == (1, 2)
    told = manifest(chain, "a", sent.bundle.name)
    assert [closing.head.z_nr for closing in told.closings] == [1, 2]
    assert proof_is_right(told.proof, "ab" * 32, chain.keys.public_key, "i" * 32)
    assert [entry.z_nr for entry in sent.standing.waiting] == [1, 2]


def test_the_same_stick_again_gets_only_what_is_new(chain: Chain) -> None:
    chain.outbox.put(days(1))
    chain.send(chain.stick("a"))
    assert chain.send(chain.stick("a")).bundle is None
    chain.outbox.put(days(2))
    sent = chain.send(chain.stick("a"))
    assert sent.bundle is not None and sent.bundle.z_nrs == (2,)


def test_a_lost_stick_heals_with_the_next_one(chain: Chain) -> None:
    chain.outbox.put(days(1, 2))
    chain.send(chain.stick("lost"))
    chain.outbox.put(days(3))
    sent = chain.send(chain.stick("next"))
    assert sent.bundle is not None and sent.bundle.z_nrs == (1, 2, 3)


def test_bundles_form_a_chain_and_no_number_names_two(chain: Chain) -> None:
    chain.outbox.put(days(1))
    first = chain.send(chain.stick("a")).bundle
    again = chain.send(chain.stick("b")).bundle
    chain.outbox.put(days(2))
    second = chain.send(chain.stick("c")).bundle
    assert first is not None and again is not None and second is not None
    assert again == first
    told = manifest(chain, "c", second.name)
    assert (told.bundle_sequence, told.previous_sha256) == (2, first.sha256)


def test_a_letter_ends_the_waiting_and_clears_the_stick(chain: Chain) -> None:
    stick = chain.stick("a")
    chain.outbox.put(days(1, 2))
    chain.send(stick)
    chain.answer(stick, 5, ((1, 2),))
    sent = chain.send(stick)
    assert sent.letter is not None and sent.bundle is None
    assert sent.standing.waiting == ()
    assert bundle_names(chain, "a") == []


def test_a_hole_is_sent_again(chain: Chain) -> None:
    chain.outbox.put(days(1, 2, 3))
    chain.send(chain.stick("a"))
    other = chain.stick("b")
    chain.answer(other, 5, ((1, 1), (3, 3)), missing=((2, 2),))
    sent = chain.send(other)
    assert sent.bundle is not None and sent.bundle.z_nrs == (2,)


def test_head_office_asks_for_a_closing_that_it_holds(chain: Chain) -> None:
    stick = chain.stick("a")
    chain.outbox.put(days(1, 2))
    chain.send(stick)
    chain.answer(stick, 5, ((1, 2),), resend=(Resend(2, ("bookings",)),))
    sent = chain.send(stick)
    assert sent.bundle is not None and sent.bundle.z_nrs == (2,)
    assert chain.send(stick).bundle is None


def test_an_older_letter_changes_nothing(chain: Chain) -> None:
    stick, late = chain.stick("a"), chain.stick("late")
    chain.outbox.put(days(1, 2))
    chain.send(stick)
    chain.answer(stick, 9, ((1, 2),))
    chain.send(stick)
    chain.answer(late, 5, ((1, 1),))
    sent = chain.send(late)
    assert sent.letter is None and sent.standing.waiting == ()


def test_a_forged_letter_is_reported_and_nothing_is_believed(chain: Chain) -> None:
    stick = chain.stick("a")
    chain.outbox.put(days(1))
    chain.answer(stick, 5, ((1, 1),))
    (letter,) = (chain.folder / "a" / "Tillferry" / "letters").iterdir()
    letter.write_bytes(letter.read_bytes().replace(b"[[1,1]]", b"[[1,9]]"))
    sent = chain.send(stick)
    assert [problem.code for problem in sent.letter_problems] == ["document_signature_wrong"]
    assert [entry.z_nr for entry in sent.standing.waiting] == [1]


def test_head_office_that_holds_more_than_the_till_is_told(chain: Chain) -> None:
    stick = chain.stick("a")
    chain.outbox.put(days(1))
    chain.answer(stick, 5, ((1, 4),))
    assert chain.send(stick).standing.beyond == 4


def test_changed_closing_travels_once_more(chain: Chain) -> None:
    stick = chain.stick("a")
    chain.outbox.put(days(1))
    chain.send(stick)
    chain.answer(stick, 5, ((1, 1),))
    chain.send(stick)
    chain.outbox.put(sample_batch(1, 1, 6, 2))
    sent = chain.send(stick)
    assert sent.bundle is not None and sent.bundle.z_nrs == (1,)
    assert chain.send(chain.stick("b")).bundle is None


def test_every_bundle_answers_the_enrolment(chain: Chain) -> None:
    stick = chain.stick("a")
    chain.outbox.put(days(1))
    chain.send(stick)
    chain.answer(stick, 5, ((1, 1),))
    chain.outbox.put(days(2))
    sent = chain.send(stick)
    assert sent.bundle is not None
    told = manifest(chain, "a", sent.bundle.name)
    assert proof_is_right(told.proof, "ab" * 32, chain.keys.public_key, "i" * 32)


def test_a_bundle_without_working_times(chain: Chain) -> None:
    chain.outbox.put(days(1))
    chain.outbox.ask_again([1], ["bookings", "stock"])
    sent = chain.send(chain.stick("a"))
    assert sent.bundle is not None
    (told,) = manifest(chain, "a", sent.bundle.name).closings
    assert set(told.digests) == set(told.head.parts) == {"bookings", "stock"}
    assert "time_entries" not in told.rows
