#!/bin/sh
# Draws the figures of README.md and the book again. Run it in the root of the repository, with `pathscope` on PATH.
# A test runs it too and compares what it draws with what is committed.
set -eu
figures=docs/src/figures
drawn=$(mktemp -d)
trap 'rm -r "$drawn"' EXIT

reference=fixtures/reference/recurrent-2block-t5-late-avg-softplus
pathscope graph $reference/best.pth --lines strength --out $figures/unrolled.svg
pathscope contributions $reference/best.pth --images $reference/images.npy --precision double --out "$drawn/contributions"
cp "$drawn/contributions/contributions.svg" $figures

pathscope diagram path-lengths fixtures/nets/fig5.safetensors --out $figures/figure-5.svg
pathscope figure 6a --results fixtures/results/study.csv --out $figures/figure-6a.svg
pathscope graph fixtures/programs/gated-top-down/model.pt2 --out $figures/program.svg
