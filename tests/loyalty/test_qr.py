"""QR codes that cameras read, and pages under a strict policy may hold."""

from __future__ import annotations

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from loyalty.qr import qr_png, qr_svg


@pytest.mark.parametrize("text", ["234567892345", "https://shop.example/r/ABC", "Привет", "x" * 200])
def test_a_camera_reads_the_picture(text: str) -> None:
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(qr_png(text))))

    assert found.text == text


def test_the_drawing_has_the_same_modules_as_the_picture() -> None:
    svg, picture = qr_svg("234567892345"), Image.open(BytesIO(qr_png("234567892345")))

    size = picture.width // 8
    assert svg.startswith(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">')


def test_the_drawing_needs_no_style_and_brings_its_own_ground() -> None:
    svg = qr_svg("234567892345")

    assert "style" not in svg
    assert "class=" not in svg
    assert svg.count("<path") == 2
    assert 'fill="#fff"' in svg
    assert 'stroke="#000"' in svg


def test_a_text_that_fits_no_code_is_refused() -> None:
    with pytest.raises(ValueError, match="data"):
        qr_svg("x" * 5_000)
