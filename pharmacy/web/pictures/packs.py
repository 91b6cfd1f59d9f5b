"""Containers, each drawn from the facts of a pack: label, group, count."""

from typing import Final

from pharmacy.web.pictures.draw import INK, PAPER, Art, Facts, fit, label, path, rect, text

GLASS: Final[dict[str, tuple[str, str, str]]] = {
    "amber": ("#C07A2C", "#8E5415", "#F4F1E8"),
    "white": ("#F3F1EA", "#D5D1C5", "#F9F7F1"),
    "green": ("#2C6E59", "#174737", "#F4F1E8"),
}


def vial(pack: Facts) -> Art:
    """A dispensing vial (US) or a plastic tablet bottle."""
    body, dark, cap = GLASS.get(pack.glass, GLASS["amber"])
    ribs = "".join(rect(x, -103, 1.4, 15, "#000", 0.7, ' opacity=".09"') for x in range(-25, 26, 5))
    return Art(
        72,
        106,
        "".join(
            [
                rect(-29, -106, 58, 20, cap, 4),
                ribs,
                rect(-29, -90, 58, 4, "#000", 0, ' opacity=".08"'),
                rect(-25, -86, 50, 7, dark),
                path("M-34-69q0-11 10-11h48q10 0 10 11v62q0 7-7 7h-54q-7 0-7-7z", body),
                path("M20-80h4q10 0 10 11v62q0 7-7 7h-7z", "#000", ' opacity=".13"'),
                rect(-30, -76, 4, 72, "#fff", 2, ' opacity=".28"'),
                label(-34, -66, 68, 52, pack),
                rect(24, -66, 10, 52, "#000", 0, ' opacity=".05"'),
            ]
        ),
    )


def carton(pack: Facts) -> Art:
    """A folding box, seen a little from above and from its end."""
    hue = pack.hue
    return Art(
        116,
        74,
        "".join(
            [
                path("M-58-66l10-8h106l-10 8z", "#FFFFFF"),
                path("M48-66l10-8v66l-10 8z", "#D8D2C4"),
                rect(-58, -66, 106, 66, PAPER),
                rect(-58, -66, 106, 9, hue),
                path("M48-66l10-8v9l-10 8z", hue),
                path("M48-66l10-8v9l-10 8z", "#000", ' opacity=".22"'),
                text(-50, -42, pack.name, fit(pack.name, 92, 13), weight=600, serif=True),
                text(-50, -18, pack.strength, fit(pack.strength, 62, 19, 0.62), weight=700, fill=hue),
                text(-50, -6, pack.count, fit(pack.count, 66, 7.5), fill="#3C4742"),
                text(42, -6, pack.atc, 6, fill="#5A645E", anchor="end"),
            ]
        ),
    )


def tube(pack: Facts) -> Art:
    """A tube standing on its cap; the label reads upwards."""
    hue = pack.hue
    return Art(
        58,
        116,
        "".join(
            [
                path("M-17-18L-28-106h56L17-18z", PAPER),
                path("M17-18L28-106h-12L9-18z", "#000", ' opacity=".07"'),
                path("M-17-18l-2-14h38l-2 14z", hue),
                rect(-29, -116, 58, 11, "#E4DFD2", 1),
                "".join(rect(x, -115, 1, 9, "#000", 0, ' opacity=".09"') for x in range(-26, 28, 4)),
                rect(-15, -18, 30, 18, "#F4F1E8", 3),
                "".join(rect(x, -16, 1.2, 14, "#000", 0.6, ' opacity=".10"') for x in range(-12, 13, 4)),
                (
                    f'<g transform="translate(-3 -38) rotate(-90)">{text(0, -5, pack.name, fit(pack.name, 62, 10.5), weight=600, serif=True)}'
                    f"{text(0, 9, pack.strength, fit(pack.strength, 42, 13, 0.62), weight=700, fill=hue)}</g>"
                ),
                f'<g transform="translate(17 -38) rotate(-90)">{text(0, 0, pack.count, 6.5, fill="#3C4742")}</g>',
            ]
        ),
    )


def sachet(pack: Facts) -> Art:
    """A sealed sachet."""
    hue = pack.hue
    ridge = "".join(rect(x, 0, 1, 8, "#000", 0, ' opacity=".10"') for x in range(-29, 31, 4))
    return Art(
        64,
        92,
        "".join(
            [
                path("M-32-92h64v92h-64z", PAPER),
                path("M14-84q7 38 0 76h18v-76z", "#000", ' opacity=".05"'),
                f'<g transform="translate(0 -92)">{rect(-32, 0, 64, 8, "#E4DFD2")}{ridge}</g>',
                f'<g transform="translate(0 -8)">{rect(-32, 0, 64, 8, "#E4DFD2")}{ridge}</g>',
                rect(-32, -84, 64, 7, hue),
                path("M32-70l-5 2.6 5 2.6z", "#CFC8B8"),
                text(-25, -58, pack.name, fit(pack.name, 50, 10), weight=600, serif=True),
                text(-25, -36, pack.strength, fit(pack.strength, 50, 15, 0.62), weight=700, fill=hue),
                text(-25, -17, pack.count, fit(pack.count, 50, 7), fill="#3C4742"),
            ]
        ),
    )


def pen(pack: Facts) -> Art:
    """A pre-filled pen, lying."""
    hue = pack.hue
    return Art(
        148,
        26,
        "".join(
            [
                rect(-74, -22, 62, 20, "#ECE8DD", 5),
                rect(-74, -9, 62, 7, "#000", 3, ' opacity=".07"'),
                rect(-16, -24, 5, 24, hue),
                rect(-11, -24, 64, 24, PAPER, 3),
                rect(-11, -7, 64, 7, "#000", 2, ' opacity=".06"'),
                rect(53, -20, 12, 16, hue, 2),
                rect(65, -18, 9, 12, "#D8D2C4", 2),
                rect(36, -20, 13, 11, INK, 2),
                text(42.5, -11.4, "0", 8, weight=700, fill="#fff", anchor="middle"),
                text(-7, -13.5, pack.name, fit(pack.name, 38, 8), weight=600, serif=True),
                text(-7, -5, pack.strength, fit(pack.strength, 40, 6.5), weight=700, fill=hue),
                rect(-52, -25, 34, 3, "#D8D2C4", 1.5),
            ]
        ),
    )


def bottle(pack: Facts) -> Art:
    """Oral liquid: glass bottle with a child-resistant cap."""
    return Art(
        66,
        122,
        "".join(
            [
                rect(-16, -122, 32, 20, "#F4F1E8", 3),
                "".join(rect(x, -120, 1.2, 15, "#000", 0.6, ' opacity=".10"') for x in range(-12, 14, 4)),
                rect(-12, -102, 24, 9, "#8E5415"),
                path("M-12-94h24q1 10 10 14 11 5 11 17v56q0 7-7 7h-52q-7 0-7-7v-56q0-12 11-17 9-4 10-14z", "#C07A2C"),
                path("M12-94q1 10 10 14 11 5 11 17v56q0 7-7 7h-8v-94z", "#000", ' opacity=".13"'),
                rect(-29, -60, 4, 52, "#fff", 2, ' opacity=".28"'),
                label(-33, -62, 66, 50, pack),
            ]
        ),
    )


def spray(pack: Facts) -> Art:
    """A nasal or throat spray."""
    hue = pack.hue
    return Art(
        54,
        112,
        "".join(
            [
                path("M-6-112h12l3 30H-9z", "#F9F7F1"),
                path("M2-112h4l3 30H3z", "#000", ' opacity=".08"'),
                rect(-22, -84, 44, 7, "#E4DFD2", 3),
                rect(-13, -78, 26, 8, "#D8D2C4"),
                path("M-27-60q0-10 10-10h34q10 0 10 10v53q0 7-7 7h-40q-7 0-7-7z", PAPER),
                path("M15-70h2q10 0 10 10v53q0 7-7 7h-5z", "#000", ' opacity=".07"'),
                rect(-27, -54, 54, 5, hue),
                text(-21, -36, pack.name, fit(pack.name, 42, 8.5), weight=600, serif=True),
                text(-21, -20, pack.strength, fit(pack.strength, 42, 12, 0.62), weight=700, fill=hue),
                text(-21, -8, pack.count, 6, fill="#3C4742"),
            ]
        ),
    )
