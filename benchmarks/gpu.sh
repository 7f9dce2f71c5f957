#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What a GPU makes of training many small networks: nas::cuda_mlp_trainer beside nas::mlp_trainer and PyTorch, on all 840
# networks of nas::mlp_space x 3 seeds x 10 epochs of white wine. From a bare checkout, in less than 6 minutes:
#
#   benchmarks/gpu.sh            on a machine with a GPU, nvcc, PyTorch, and the headers of Eigen 3.4 and Boost
#   benchmarks/gpu.sh --host     the same programs on the CPU, at a small size: that they work, not what they are worth
#
# NAS_DATA_DIR   folder with winequality_white.csv; made rows of the same shape where it is not given
# NAS_GPU_BENCH  a nas_gpu_bench that was built elsewhere: nothing is compiled then
# NVCC, CXX, PYTHON, EIGEN (folder of Eigen's headers), BUILD (folder to build in)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

host=no
case "${1:-}" in
    "") ;;
    --host) host=yes ;;
    *) sed -n '4,13s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
cxx=${CXX:-g++}
python=${PYTHON:-python3}
eigen=${EIGEN:-/usr/include/eigen3}
build=${BUILD:-build/gpu}
nvcc=${NVCC:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
lines=$build/lines.txt
mkdir -p "$build"
: > "$lines"

note() { printf '== %s (%s s)\n' "$*" "$SECONDS" >&2; }
# table command...: the command's output goes to the table. A peer that fails is a line, not the end.
table() { "$@" | tee -a "$lines"; }
peer() {
    local name=$1 limit=$2
    shift 2
    table timeout "$limit" "$@" || printf '%s|nan|s|failed or took longer than %s s\n' "$name" "$limit" | tee -a "$lines"
}

bench=${NAS_GPU_BENCH:-}
if [ -z "$bench" ]; then
    note "building"
    bench=$build/nas_gpu_bench
    for header in "$eigen/Eigen/Core" /usr/include/boost/version.hpp; do
        if [ ! -e "$header" ]; then
            echo "benchmarks/gpu.sh: there is no $header (Debian: libeigen3-dev, libboost-dev); set EIGEN, or NAS_GPU_BENCH to a program built elsewhere" >&2
            exit 1
        fi
    done
    flags=(-std=c++20 -O3 -march=native -w -Iinclude -Itests -Ibackends/cuda/include -isystem "$eigen")
    if [ $host = yes ]; then
        "$cxx" "${flags[@]}" benchmarks/gpu/nas_gpu_bench.cpp -o "$bench" -lpthread
    else
        if [ ! -x "$nvcc" ]; then
            echo "benchmarks/gpu.sh: there is no nvcc: set NVCC, or try --host" >&2
            exit 1
        fi
        "$nvcc" -std=c++20 -O3 -arch=native -Xptxas -v -Ibackends/cuda/include -c backends/cuda/src/train_mlps.cu \
            -o "$build/train_mlps.o" 2> "$build/ptxas.txt" &
        device=$!
        "$cxx" "${flags[@]}" -DNAS_HAS_CUDA -c benchmarks/gpu/nas_gpu_bench.cpp -o "$build/nas_gpu_bench.o"
        wait "$device" || { cat "$build/ptxas.txt" >&2; exit 1; }
        grep -E 'Used|spill' "$build/ptxas.txt" >&2 || true
        "$nvcc" "$build/train_mlps.o" "$build/nas_gpu_bench.o" -o "$bench" -lpthread
    fi
fi

if [ $host = yes ]; then
    sizes=(--host=1 --networks=30 --seeds=1 --epochs=1 --rows=400 --repeats=1)
    python_sizes=(--device cpu --seeds 1 --epochs 1 --rows 200 --seconds 2)
    stacked_sizes=(--widths "8,16" --no-compile)
else
    sizes=()
    python_sizes=()
    stacked_sizes=(--seconds 100)
fi

# Where a result is wrong, nothing else matters: this one may end all.
note "equality and speed of cuda_mlp_trainer"
table timeout 150 "$bench" "${sizes[@]}"

note "PyTorch, one by one"
peer "PyTorch eager, one by one" 60 "$python" benchmarks/gpu/peers.py eager "${python_sizes[@]}"
note "PyTorch, stacked"
peer "PyTorch stacked by shapes" 150 "$python" benchmarks/gpu/peers.py stacked "${python_sizes[@]}" "${stacked_sizes[@]}"

sanitizer=$(command -v compute-sanitizer || echo "$(dirname "$nvcc")/compute-sanitizer")
if [ $host = yes ] || [ ! -x "$sanitizer" ]; then
    echo "compute-sanitizer|nan||not there, or nothing to run it on" | tee -a "$lines"
else
    for tool in memcheck racecheck; do
        note "compute-sanitizer, $tool"
        status=0
        timeout 40 "$sanitizer" --tool "$tool" --error-exitcode 3 "$bench" --networks=8 --seeds=1 --epochs=1 --rows=120 \
            --sanitize=1 > "$build/$tool.txt" 2>&1 || status=$?
        echo "compute-sanitizer $tool|$status|exit status|0: nothing found; $(tail -n 1 "$build/$tool.txt" | tr '|' '/')" |
            tee -a "$lines"
    done
fi

note "done"
printf '\n| what | figure | unit | note |\n|---|---:|---|---|\n'
sed 's/|/ | /g; s/^/| /; s/$/ |/' "$lines"
# What peers take, over what one call of cuda_mlp_trainer takes.
awk -F'|' '$1 == "cuda_mlp_trainer" { ours = $2 }
    $1 ~ /^PyTorch/ && $2 != "nan" && ours > 0 { printf "| %s, over cuda_mlp_trainer | %.4g | x | goal: %s |\n", $1, $2 / ours, $1 ~ /eager, one/ ? "200" : "10" }' "$lines"
[ "$SECONDS" -lt 360 ] || echo "It took $SECONDS s, longer than the 360 it should." >&2
