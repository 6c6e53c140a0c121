"""What every adapter of `Blobs` must do; a subclass gives the fixture `blobs`, empty and with room."""

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.errors import BlobMissing, ForbiddenPath
from pipeline.stores.blobs import Blobs


class BlobsContract:
    """The contract test class."""

    @pytest.mark.parametrize(
        "chunks", [[], [b""], [b"one"], [b"a", b"", b"bc"], [bytes([n]) * 70_000 for n in range(5)]]
    )
    def test_what_was_put_is_got_whole(self, blobs: Blobs, chunks):
        content = b"".join(chunks)
        assert blobs.put("ws/doc/read-1", iter(chunks)) == len(content)
        assert blobs.get("ws/doc/read-1") == content

    def test_putting_again_replaces_all_of_it(self, blobs: Blobs):
        blobs.put("key", [b"a much longer first text"])
        blobs.put("key", [b"short"])
        assert blobs.get("key") == b"short"

    def test_an_open_file_is_seekable_and_has_a_descriptor(self, blobs: Blobs):
        blobs.put("a/b", [b"0123456789"])
        with blobs.open("a/b") as file:
            file.seek(4)
            assert file.read(2) == b"45"
            assert os.pread(file.fileno(), 3, 7) == b"789"

    def test_an_open_file_can_be_read_on_while_the_key_is_replaced_and_removed(self, blobs: Blobs):
        blobs.put("key", [b"first"])
        with blobs.open("key") as file:
            blobs.put("key", [b"second"])
            blobs.delete("key")
            assert file.read() == b"first"

    @pytest.mark.parametrize("key", ["missing", "ws/missing", "ws", "ws/doc/below"])
    def test_a_key_that_was_never_put_is_missing(self, blobs: Blobs, key):
        blobs.put("ws/doc", [b"x"])
        for read in (blobs.get, blobs.open):
            with pytest.raises(BlobMissing):
                read(key)
        assert blobs.delete(key) is False

    def test_a_removed_key_is_missing_and_removing_it_again_does_nothing(self, blobs: Blobs):
        blobs.put("ws/doc", [b"x"])
        assert blobs.delete("ws/doc") is True
        assert blobs.delete("ws/doc") is False
        with pytest.raises(BlobMissing):
            blobs.get("ws/doc")

    def test_a_prefix_takes_every_key_that_begins_with_it_and_no_other(self, blobs: Blobs):
        keys = ["ws/doc1/a", "ws/doc1/b/c", "ws/doc10/a", "ws/doc2/a", "ws2/doc1/a", "ws/doc1x"]
        for key in keys:
            blobs.put(key, [b"x"])
        assert blobs.delete_prefix("ws/doc1/") == 2
        assert self.present(blobs, keys) == ["ws/doc10/a", "ws/doc2/a", "ws2/doc1/a", "ws/doc1x"]
        assert blobs.delete_prefix("ws/doc1") == 2
        assert self.present(blobs, keys) == ["ws/doc2/a", "ws2/doc1/a"]
        assert blobs.delete_prefix("w") == 2
        assert blobs.delete_prefix("w") == 0

    @pytest.mark.parametrize(
        "key",
        [
            *("", "/", "/etc/passwd", "..", "../x", "a/../b", "a/..", "./a", "a/./b", "a//b", "a/", "A", "a b", "a\nb"),
            *("ä", "a\x00b", "a\\b", "C:/x", ".unfinished/x", "a/.hidden", "x" * 501, "a/" * 250 + "a", "a\n"),
        ],
    )
    def test_a_key_that_might_lead_elsewhere_is_refused_everywhere(self, blobs: Blobs, key):
        with pytest.raises(ForbiddenPath):
            blobs.put(key, [b"x"])
        for use in (blobs.get, blobs.open, blobs.delete):
            with pytest.raises(ForbiddenPath):
                use(key)

    @pytest.mark.parametrize("prefix", ["", "/", "../", "a/../", ".", "a/.", "a//", "A"])
    def test_a_prefix_that_might_lead_elsewhere_is_refused(self, blobs: Blobs, prefix):
        with pytest.raises(ForbiddenPath):
            blobs.delete_prefix(prefix)

    def test_what_interrupts_the_chunks_is_passed_on_and_leaves_nothing(self, blobs: Blobs):
        def chunks():
            yield b"x" * 100_000
            raise KeyboardInterrupt

        blobs.put("old", [b"old"])
        for key in ("new", "old"):
            with pytest.raises(KeyboardInterrupt):
                blobs.put(key, chunks())
        with pytest.raises(BlobMissing):
            blobs.get("new")
        assert blobs.get("old") == b"old"

    def test_threads_that_put_and_remove_side_by_side_never_see_half_a_blob(self, blobs: Blobs):
        contents = {bytes([n]) * 50_000 for n in range(8)}

        def work(seed: int) -> None:
            chance = random.Random(seed)
            for _ in range(25):
                key = f"shared/{chance.randrange(3)}/blob"
                what = chance.randrange(3)
                if what == 0:
                    blobs.put(key, [chance.choice(sorted(contents))])
                elif what == 1:
                    blobs.delete(key)
                else:
                    self.check_whole(blobs, key, contents)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))

    def test_the_room_left_is_told_or_unknown(self, blobs: Blobs):
        free = blobs.free_bytes()
        assert free is None or free > 0

    @staticmethod
    def check_whole(blobs: Blobs, key: str, contents: set[bytes]) -> None:
        try:
            assert blobs.get(key) in contents
        except BlobMissing:
            return

    @staticmethod
    def present(blobs: Blobs, keys: list[str]) -> list[str]:
        found = []
        for key in keys:
            try:
                blobs.get(key)
            except BlobMissing:
                continue
            found.append(key)
        return found
