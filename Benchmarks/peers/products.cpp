// Matrix products on one thread: OpenBLAS, oneDNN, libxsmm and the toolkit's own kernels, a turn each in every round.
//
// Ours of few bits start from floats and pack both operands anew in every call, as training does; ours in float32 have the
// right one packed before, as inference has, or read it as it lies where it is small. oneDNN and libxsmm get both operands in
// the type of the product, and the right one in the layout that they want, before the clock runs.
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include "../../Sources/VectorKernels/include/bfloat16_products.h"
#include "../../Sources/VectorKernels/include/float_products.h"
#include "../../Sources/VectorKernels/include/int8_products.h"
void openblas_set_num_threads(int);
}
#ifdef WITH_DNNL
#include <oneapi/dnnl/dnnl.hpp>
#endif
#ifdef WITH_XSMM
#include <libxsmm.h>
#endif

/// `a` is [m, k], or [k, m] where `ta`; `b` is [k, n], or [n, k] where `tb`.
struct Product {
  const char *model, *name;
  size_t m, n, k;
  bool ta, tb;
};

// What a group of 400 rows (800 from width 512), a chunk of 3,200 and a single picture really call.
static const Product products[] = {
    {"micro", "qkv", 400, 576, 192, false, true},
    {"micro", "out", 400, 192, 192, false, true},
    {"micro", "up", 400, 768, 192, false, true},
    {"micro", "down", 400, 192, 768, false, true},
    {"micro", "up, to input", 400, 192, 768, false, false},
    {"micro", "up, to weights", 192, 192, 3200, true, false},
    {"micro", "scores", 65, 65, 48, false, true},
    {"micro", "heads", 65, 48, 65, false, false},
    {"micro", "up, batch 1", 65, 768, 192, false, true},
    {"TinyCLIP-8M/16", "qkv", 400, 768, 256, false, true},
    {"TinyCLIP-8M/16", "up", 400, 1024, 256, false, true},
    {"TinyCLIP-8M/16", "down", 400, 256, 1024, false, true},
    {"TinyCLIP-8M/16", "scores", 197, 197, 64, false, true},
    {"ViT-B/32", "qkv", 800, 2304, 768, false, true},
    {"ViT-B/16", "up", 800, 3072, 768, false, true},
    {"ViT-B/16", "down", 800, 768, 3072, false, true},
    {"ViT-B/16", "up, to input", 800, 768, 3072, false, false},
    {"ViT-B/16", "up, to weights", 192, 768, 3200, true, false},
    {"ViT-B/16", "up, batch 1", 197, 3072, 768, false, true},
};

using Call = std::function<void()>;

struct Side {
  const char *name;
  /// Empty where the library does not know the product.
  std::function<Call(const Product &, const float *a, const float *b, float *c)> prepare;
};

static double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static Call openblas(const Product &p, const float *a, const float *b, float *c) {
  return [=] {
    cblas_sgemm(CblasRowMajor, p.ta ? CblasTrans : CblasNoTrans, p.tb ? CblasTrans : CblasNoTrans, int(p.m), int(p.n),
                int(p.k), 1, a, int(p.ta ? p.m : p.k), b, int(p.tb ? p.k : p.n), 0, c, int(p.n));
  };
}

static Call ours_float(const Product &p, const float *a, const float *b, float *c) {
  if (p.ta) return {};
  if (!p.tb && p.n * p.k < 8192) {
    return [=] { vk_float_multiply_small(p.m, p.n, p.k, a, p.k, 0, b, p.n, 1, 0, c, p.n, 0); };
  }
  auto memory = std::make_shared<std::vector<float>>(vk_float_packed_count(p.k, p.n) + 16);
  float *packed = reinterpret_cast<float *>((reinterpret_cast<uintptr_t>(memory->data()) + 63) / 64 * 64);
  vk_float_pack(p.k, p.n, b, p.tb ? p.k : p.n, p.tb, packed, 0);
  return [=] { (void)memory; vk_float_multiply_packed(p.m, p.n, p.k, a, p.k, packed, 0, p.n, 0, c, p.n, 0); };
}

/// Packs the right operand in every call, as training must.
static Call ours_unpacked(const Product &p, const float *a, const float *b, float *c) {
  if (p.ta) return {};
  return [=] { vk_float_multiply(p.m, p.n, p.k, a, p.k, b, p.tb ? p.k : p.n, p.tb, 1, 0, c, p.n, 0); };
}

static Call ours_bfloat16(const Product &p, const float *a, const float *b, float *c) {
  if (!vk_processor_has_bfloat16()) return {};
  return [=] {
    vk_bfloat16_multiply(p.m, p.n, p.k, a, p.ta ? p.m : p.k, p.ta, b, p.tb ? p.k : p.n, p.tb, 1, 0, c, p.n, 0);
  };
}

static Call ours_int8(const Product &p, const float *a, const float *b, float *c) {
  if (!vk_processor_has_int8() || p.ta) return {};
  return [=] { vk_int8_multiply(p.m, p.n, p.k, a, p.k, b, p.tb ? p.k : p.n, p.tb, c, p.n, 0); };
}

#ifdef WITH_DNNL
static Call onednn(const Product &p, const float *a, const float *b, float *c, dnnl::memory::data_type left,
                   dnnl::memory::data_type right, dnnl::memory::data_type result) {
  using namespace dnnl;
  using Tag = memory::format_tag;
  static engine cpu(engine::kind::cpu, 0);
  static stream queue(cpu);
  auto type = memory::data_type::f32;
  memory::dims da{long(p.m), long(p.k)}, db{long(p.k), long(p.n)}, dc{long(p.m), long(p.n)};
  memory::desc source(da, left, Tag::ab), weights(db, right, Tag::any), target(dc, result, Tag::ab);
  try {
#if DNNL_VERSION_MAJOR >= 3
    matmul::primitive_desc description(cpu, source, weights, target);
#else
    matmul::primitive_desc description(matmul::desc(source, weights, target), cpu);
#endif
    memory from_a(memory::desc(da, type, p.ta ? Tag::ba : Tag::ab), cpu, const_cast<float *>(a));
    memory from_b(memory::desc(db, type, p.tb ? Tag::ba : Tag::ab), cpu, const_cast<float *>(b));
    memory to_a(source, cpu), to_b(description.weights_desc(), cpu);
    memory to_c = result == type ? memory(target, cpu, c) : memory(target, cpu);
    reorder(from_a, to_a).execute(queue, from_a, to_a);
    reorder(from_b, to_b).execute(queue, from_b, to_b);
    queue.wait();
    matmul primitive(description);
    return [=]() mutable {
      primitive.execute(queue, {{DNNL_ARG_SRC, to_a}, {DNNL_ARG_WEIGHTS, to_b}, {DNNL_ARG_DST, to_c}});
      queue.wait();
    };
  } catch (const dnnl::error &) { return {}; }
}
#endif

#ifdef WITH_XSMM
// Column by column: the transposed product, whose left operand is our right one. Not blocked for caches: small products.
static Call libxsmm(const Product &p, const float *a, const float *b, float *c) {
  if (p.ta) return {};
  auto packed = std::vector<float>(p.n * p.k);
  for (size_t i = 0; i < p.k; i++)
    for (size_t j = 0; j < p.n; j++) packed[i * p.n + j] = p.tb ? b[j * p.k + i] : b[i * p.n + j];
  const float one = 1, zero = 0;
  int n = int(p.n), k = int(p.k);
  auto kernel = libxsmm_smmdispatch(n, int(p.m), k, &n, &k, &n, &one, &zero, nullptr, nullptr);
  if (!kernel) return {};
  return [=] { kernel(packed.data(), a, c); };
}
#endif

int main(int count, char **arguments) {
  int rounds = count > 1 ? std::max(1, atoi(arguments[1])) : 9;
  openblas_set_num_threads(1);
  std::vector<Side> sides = {{"OpenBLAS f32", openblas}};
#ifdef WITH_DNNL
  using Type = dnnl::memory::data_type;
  sides.push_back({"oneDNN f32", [](auto &p, auto a, auto b, auto c) { return onednn(p, a, b, c, Type::f32, Type::f32, Type::f32); }});
#endif
#ifdef WITH_XSMM
  libxsmm_init();
  sides.push_back({"libxsmm f32", libxsmm});
#endif
  if (vk_processor_multiplies_floats()) {
    sides.push_back({"ours f32", ours_float});
    sides.push_back({"ours f32, packing", ours_unpacked});
  }
#ifdef WITH_DNNL
  sides.push_back({"oneDNN bf16", [](auto &p, auto a, auto b, auto c) { return onednn(p, a, b, c, Type::bf16, Type::bf16, Type::f32); }});
#endif
  sides.push_back({"ours bf16", ours_bfloat16});
#ifdef WITH_DNNL
  sides.push_back({"oneDNN u8s8", [](auto &p, auto a, auto b, auto c) { return onednn(p, a, b, c, Type::u8, Type::s8, Type::s32); }});
#endif
  sides.push_back({"ours int8", ours_int8});

  printf("GFLOP/s (GOP/s for 8 bits) of one thread, medians of %d rounds\n\n| model | product | m x n x k |", rounds);
  for (auto &side : sides) printf(" %s |", side.name);
  printf("\n| --- | --- | --- |");
  for (size_t i = 0; i < sides.size(); i++) printf(" ---: |");
  printf("\n");
  for (auto &p : products) {
    // Whole numbers of one byte, which every type of the contest holds exactly, so that results can be compared.
    std::vector<float> a(p.m * p.k), b(p.k * p.n), expected(p.m * p.n), c(p.m * p.n);
    for (size_t i = 0; i < a.size(); i++) a[i] = float(i * 37 % 101);
    for (size_t i = 0; i < b.size(); i++) b[i] = float(long(i * 53 % 103) - 51);
    openblas(p, a.data(), b.data(), expected.data())();
    double operations = 2.0 * double(p.m) * double(p.n) * double(p.k);
    int repeats = std::max(1, int(1e8 / operations));
    std::vector<Call> calls;
    std::vector<std::vector<double>> rates(sides.size());
    for (auto &side : sides) {
      std::fill(c.begin(), c.end(), 0.0f);
      calls.push_back(side.prepare(p, a.data(), b.data(), c.data()));
      if (calls.back()) calls.back()();
      bool isKept = strcmp(side.name, "oneDNN u8s8") == 0;  // in memory of its own
      for (size_t i = 0; calls.back() && !isKept && i < c.size(); i++) {
        if (std::fabs(c[i] - expected[i]) > 1e-5f * std::max(1.0f, std::fabs(expected[i]))) {
          fprintf(stderr, "error: %s is wrong for %s, %s: %g instead of %g\n", side.name, p.model, p.name, double(c[i]),
                  double(expected[i]));
          return 1;
        }
      }
    }
    for (int round = 0; round < rounds; round++) {
      for (size_t i = 0; i < sides.size(); i++) {
        size_t side = (i + size_t(round)) % sides.size();
        if (!calls[side]) continue;
        double start = seconds();
        for (int repeat = 0; repeat < repeats; repeat++) calls[side]();
        rates[side].push_back(operations * repeats / (seconds() - start) / 1e9);
      }
    }
    printf("| %s | %s | %zu x %zu x %zu |", p.model, p.name, p.m, p.n, p.k);
    for (auto &values : rates) {
      std::sort(values.begin(), values.end());
      if (values.empty()) printf(" |");
      else printf(" %.0f |", values[values.size() / 2]);
    }
    printf("\n");
    fflush(stdout);
  }
}
