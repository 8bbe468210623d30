# SPDX-License-Identifier: GPL-2.0
"""Draw which ways into guest memory were taken, as bars beside each other, with gnuplot."""

import subprocess

# Ways by their first word; colours that stay apart without colour vision.
COLOURS = {"pfn_cache": "#0072b2", "hva_cache": "#009e73", "guest_map": "#d55e00", "uncached": "#cc79a7", "taken": "#999999", "a": "#999999",
           "waited": "#000000"}
TITLES = {("x86", "boot"): "x86-64: a Linux guest's life", ("x86", "nested"): "x86-64: a Linux guest that runs guests",
          ("arm64", "boot"): "arm64: a Linux guest's life"}
ROW, HEAD = 18, 100     # points

PANEL = """
set title "{title}"
set yrange [{bottom}:0.5]
set ytics ({tics})
set size 1,{height}
set origin 0,{origin}
plot {bars}
"""


def bars(rows):
    """gnuplot's data: for each colour and hypervisor its bars: (x, y, low, high) of boxes."""
    data, plots = "", []
    for who, above, style in (("kernel", 0.2, "fs solid 0.35"), ("tabula", -0.2, "fs solid 1.0")):
        for kind, colour in COLOURS.items():
            points = [(max(r[who], 1), -i + above) for i, r in enumerate(rows) if r["way"].split(",")[0].split()[0] == kind and r.get(who)]
            if not points:
                continue
            name = f"${who}_{kind}"
            data += f"{name} << E\n" + "".join(f"{x} {y}\n" for x, y in points) + "E\n"
            plots.append(f'{name} using (0.7):2:(0.7):($1*1.05):($2-0.18):($2+0.18) with boxxyerror lc rgb "{colour}" {style} notitle')
    return data, ", ".join(plots)


def script(rows, out):
    panels = [(key, [r for r in rows if (r["arch"], r["life"]) == key and "looked up" not in r["way"]]) for key in TITLES]
    panels = [(key, of) for key, of in panels if of]
    height = sum(HEAD + ROW * len(of) for _, of in panels)
    text = f'set terminal svg size 900,{height} font "sans,12" background "#ffffff"\nset output "{out}"\nset multiplot\n'
    text += "set logscale x\nset xrange [0.7:2e6]\nset grid xtics lc rgb '#dddddd'\nset border 3\nset tics nomirror\nset lmargin 34\n"
    text += 'set format x "10^{%T}"\nset xlabel "times; pale: the kernel\'s KVM, full: Tabula"\nunset key\n'
    at = 1.0
    for key, of in panels:
        part = (HEAD + ROW * len(of)) / height
        at -= part
        data, plots = bars(of)
        tics = ", ".join(f'"{r["client"]}: {r["way"]}" {-i}' for i, r in enumerate(of)).replace("_", r"\\_")
        if plots:
            text += data + PANEL.format(title=TITLES[key], bottom=-len(of) + 0.5, tics=tics, height=part, origin=max(at, 0), bars=plots)
    return text + "unset multiplot\n"


def draw(rows, out):
    subprocess.run(["gnuplot"], input=script(rows, out), text=True, check=True)
