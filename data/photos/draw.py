"""Draws the photos of this folder again: `python data/photos/draw.py`.

They are drawn by this script alone, so they are nobody's and free for any use.
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

FOLDER = Path(__file__).parent
ORIENTATION = 0x0112
"""The EXIF tag that says how a camera was held."""


def sky(size, top, bottom):
    """An evening sky, from the colour above to the one at the horizon."""
    ramp = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)


def seaside(size=(960, 640)):
    """The sea, and a sun that goes down."""
    width, height = size
    photo = sky(size, (70, 110, 180), (250, 190, 120))
    draw = ImageDraw.Draw(photo)
    draw.ellipse((width * 0.62, height * 0.3, width * 0.76, height * 0.51), fill=(255, 240, 200))
    draw.rectangle((0, height * 0.6, width, height), fill=(30, 80, 110))
    draw.polygon([(0, height), (0, height * 0.8), (width * 0.5, height)], fill=(210, 180, 130))
    return photo.filter(ImageFilter.GaussianBlur(2))


def lighthouse(size=(640, 960)):
    """A lighthouse, upright."""
    width, height = size
    photo = sky(size, (40, 60, 120), (240, 150, 130))
    draw = ImageDraw.Draw(photo)
    draw.polygon([(260, 800), (290, 260), (350, 260), (380, 800)], fill=(240, 240, 235))
    for y in range(340, 800, 120):
        draw.rectangle((275, y, 365, y + 50), fill=(190, 40, 40))
    draw.rectangle((285, 200, 355, 260), fill=(255, 235, 150))
    draw.rectangle((0, height * 0.83, width, height), fill=(50, 60, 60))
    return photo.filter(ImageFilter.GaussianBlur(1))


def logo(size=(400, 400)):
    """The studio's mark: an aperture on nothing at all."""
    photo = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(photo)
    draw.ellipse((40, 40, 360, 360), outline=(40, 60, 90, 255), width=24)
    for begin in range(0, 360, 60):
        draw.pieslice((90, 90, 310, 310), begin, begin + 40, fill=(200, 90, 60, 255))
    return photo


def main():
    seaside().save(FOLDER / "seaside.jpg", quality=70)
    held_upright = Image.Exif()
    held_upright[ORIENTATION] = 6
    lighthouse().transpose(Image.Transpose.ROTATE_90).save(
        FOLDER / "lighthouse.jpg", quality=70, exif=held_upright
    )
    logo().save(FOLDER / "logo.png", optimize=True)
    lighthouse().convert("CMYK").save(FOLDER / "poster.jpg", quality=60)
    whole = (FOLDER / "seaside.jpg").read_bytes()
    (FOLDER / "broken.jpg").write_bytes(whole[: len(whole) // 3])


if __name__ == "__main__":
    main()
