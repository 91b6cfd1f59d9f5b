"""What is inside the pack: blisters, tablets, capsules."""

from pharmacy.web.pictures.draw import COLOUR, Art, Facts, n, rect, text


def blister(pack: Facts) -> Art:
    """A blister of tablets or capsules, from above."""
    face, shade = pack.paint
    w, h = pack.columns * 19 + 9, pack.rows * 25 + 9
    cells = []
    for row in range(pack.rows):
        for column in range(pack.columns):
            x, y = -w / 2 + 14 + column * 19, -h + 17 + row * 25
            rx, ry = (7.4, 7.4) if pack.dose == "tablet" else (5.6, 9.4)
            cells.append(
                f'<g transform="translate({n(x)} {n(y)})"><rect x="-8.4" y="-10.6" width="16.8" height="21.2" rx="8" '
                f'fill="#F1F2EF"/><rect x="{-rx}" y="{-ry}" width="{2 * rx}" height="{2 * ry}" rx="{rx}" fill="{shade}"/>'
                f'<rect x="{-rx}" y="{-ry}" width="{2 * rx}" height="{n(2 * ry - 1.6)}" rx="{rx}" fill="{face}"/>'
                f'<path d="M-5.4-6.4q2-2.6 5-2.8" fill="none" stroke="#fff" stroke-width="1.3" stroke-linecap="round"/></g>'
            )
    return Art(
        w,
        h,
        "".join(
            [
                rect(-w / 2, -h + 1.6, w, h - 1.6, "#A9ADA8", 6),
                rect(-w / 2, -h, w, h - 1.6, "#CDD1CC", 6),
                "".join(cells),
            ]
        ),
    )


def tablet(pack: Facts) -> Art:
    """Plan and side view, as a pharmacopoeia plate would show them."""
    face, shade = pack.paint
    if pack.shape == "round":
        side = (
            f'<g transform="translate(40 -34)"><path d="M-5-34q-6 34 0 68h10q6-34 0-68z" fill="{face}"/>'
            f'<path d="M5-34q6 34 0 68h-4q6-34 0-68z" fill="{shade}"/></g>'
        )
        return Art(104, 70, f'<g transform="translate(-18 -34)">{_plan(pack, 34, 34)}</g>{side}')
    side = (
        f'<g transform="translate(0 -9)"><path d="M-44-5q44-7 88 0v9q-44 7-88 0z" fill="{face}"/>'
        f'<path d="M-44 1q44 6 88 0v3q-44 7-88 0z" fill="{shade}"/></g>'
    )
    return Art(92, 80, f'<g transform="translate(0 -54)">{_plan(pack, 44, 24)}</g>{side}')


def _plan(pack: Facts, rx: int, ry: int) -> str:
    face, shade = pack.paint
    body = (
        f'<rect x="{-rx}" y="{-ry + 2.5}" width="{2 * rx}" height="{2 * ry}" rx="{ry}" fill="{shade}"/>'
        f'<rect x="{-rx}" y="{-ry}" width="{2 * rx}" height="{2 * ry}" rx="{ry}" fill="{face}"/>'
        f'<rect x="{-rx + 5}" y="{-ry + 5}" width="{2 * rx - 10}" height="{2 * ry - 10}" rx="{ry - 5}" fill="none" '
        f'stroke="{shade}" stroke-width="1" opacity=".7"/>'
    )
    if pack.score:
        body += (
            f'<path d="M0 {-ry + 4}V{ry - 4}" stroke="{shade}" stroke-width="2.6" stroke-linecap="round"/>'
            f'<path d="M1.8 {-ry + 5}V{ry - 5}" stroke="#fff" stroke-width="1"/>'
        )
    return body + (text(0, 5, pack.imprint, 13, weight=600, fill="#5A5648", anchor="middle") if pack.imprint else "")


def capsule(pack: Facts) -> Art:
    """A two-part capsule; both parts of one colour are a softgel."""
    (a, a2), (b, b2) = pack.paint, COLOUR.get(pack.colour2, COLOUR["green"])
    return Art(
        100,
        66,
        (
            '<g transform="translate(0 -33) rotate(-24)">'
            f'<path d="M0-17h-31a17 17 0 0 0 0 34H0z" fill="{a}"/><path d="M0 6h-44a17 17 0 0 0 13 11H0z" fill="{a2}"/>'
            f'<path d="M-4-18.5h35a18.5 18.5 0 0 1 0 37H-4z" fill="{b}"/><path d="M-4 7h50a18.5 18.5 0 0 1-15 11.5H-4z" fill="{b2}"/>'
            '<path d="M-30-9.5H34" stroke="#fff" stroke-width="3" stroke-linecap="round" opacity=".55"/></g>'
        ),
    )
