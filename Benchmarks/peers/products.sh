#!/usr/bin/env bash
# Compares matrix products: builds products.cpp with what of oneDNN (libdnnl-dev) and libxsmm (libxsmm-dev) is installed.
#   Benchmarks/peers/products.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
flags=(-O2) libraries=(-lopenblas)
if [ -e /usr/include/oneapi/dnnl/dnnl.hpp ]; then flags+=(-DWITH_DNNL) libraries+=(-ldnnl); fi
if [ -e /usr/include/libxsmm.h ]; then flags+=(-DWITH_XSMM) libraries+=(-lxsmm -lxsmmext -ldl); fi
for file in ../../Sources/VectorKernels/{packing,half,processors,float_products,float_avx2,bfloat16_products,bfloat16_native,bfloat16_emulated,int8_products,int8_packed,int8_avx2}.c; do
  clang -O2 -c "$file" -I../../Sources/VectorKernels/include -o "$folder/$(basename "$file").o"
done
"${CXX:-g++}" -std=c++17 "${flags[@]}" products.cpp "$folder"/*.o "${libraries[@]}" -lpthread -lm -o "$folder/products"
grep -m1 'model name' /proc/cpuinfo || true
OMP_NUM_THREADS=1 "$folder/products" "$@"
