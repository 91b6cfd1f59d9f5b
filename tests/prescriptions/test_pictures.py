"""What we measure and read on a picture: is it good enough, does it carry a German e-prescription code?"""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter

from pharmacy.accounts.models import User
from pharmacy.refusals import NotFound
from prescriptions.actions.document import use_anyway
from prescriptions.gateways.cleaner import measure
from prescriptions.queries.papers import papers_of
from prescriptions.rules.quality import advice_for
from prescriptions.rules.upload_words import ADVICE
from tests.shop.catalog import baclofen
from tests.shop.prescriptions import a_document, a_patient, requested

TASK = "160.000.006.315.515.37"
CODE = json.dumps({"urls": [f"Task/{TASK}/$accept?ac=" + "ab" * 32]})


def paper(size: tuple[int, int] = (1600, 2200)) -> Image.Image:
    """A printed page in good light."""
    page = Image.new("RGB", size, (245, 243, 240))
    pen = ImageDraw.Draw(page)
    for line in range(20):
        pen.text((150, 150 + line * 95), "Take one tablet three times a day", fill=(20, 20, 40), font_size=46)
    return page


def coded(text: str = CODE) -> bytes:
    """A page with a DataMatrix on it."""
    import zxingcpp

    page = Image.new("RGB", (1200, 1600), "white")
    matrix = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix).to_image(scale=8)
    page.paste(Image.fromarray(matrix), (300, 400))
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (lambda page: page, []),
        (lambda page: page.filter(ImageFilter.GaussianBlur(9)), ["blurred"]),
        (lambda page: page.point(lambda value: value // 6), ["dark"]),
        (lambda page: page.resize((300, 400)), ["small"]),
        (lambda page: page.crop((300, 200, 1200, 1900)), ["cropped"]),
        (lambda page: page.point(lambda value: 200 + value // 10), ["faint"]),
        (lambda page: Image.new("RGB", page.size, "white"), ["blank"]),
    ],
)
def test_a_poor_picture_gets_advice_and_a_good_one_none(change: Any, advice: list[str]) -> None:
    assert advice_for(measure(change(paper()))) == advice
    assert set(advice) <= set(ADVICE)


@pytest.mark.django_db
class TestAPictureThatWasSent:
    """Advice and codes are kept with the document."""

    def test_a_poor_picture_is_kept_with_advice_and_may_be_used_anyway(self, alice: User, bob: User) -> None:
        out = io.BytesIO()
        paper().filter(ImageFilter.GaussianBlur(9)).save(out, "JPEG")
        document = a_document(alice, out.getvalue())
        assert (document.state, document.advice) == ("ready", ["blurred"])

        with pytest.raises(NotFound):
            use_anyway(document, by=bob)
        use_anyway(document, by=alice)
        document.refresh_from_db()
        assert document.use_anyway_at

    def test_a_german_code_is_read_sealed_and_found_again_in_other_hands(self, alice: User, bob: User) -> None:
        mine = a_document(alice, coded(), name="rx.png", declared="image/png")
        (code,) = json.loads(mine.code)
        assert (code["task"], code["right"]) == (TASK, True)
        assert TASK.encode() not in bytes(mine.code_sealed)
        assert mine.advice == []

        first = requested([baclofen()], customer=alice, patient=a_patient(alice), documents=[mine])[0]
        out = io.BytesIO()
        Image.open(io.BytesIO(coded())).rotate(90, expand=True).save(out, "PNG")
        theirs = a_document(bob, out.getvalue(), name="rx.png", declared="image/png")
        second = requested([baclofen()], customer=bob, patient=a_patient(bob), documents=[theirs])[0]

        assert first.order_reference != second.order_reference
        (seen,) = papers_of(second.order_reference)
        assert seen.of_another_patient
        assert seen.same_file_elsewhere == 1

    def test_another_code_is_none_of_ours(self, alice: User) -> None:
        assert a_document(alice, coded("https://example.com"), name="x.png", declared="image/png").code == ""
