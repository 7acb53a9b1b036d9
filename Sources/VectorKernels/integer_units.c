#include "integer_units.h"

#include <math.h>
#include <stdint.h>

enum { MOST = 32767 };

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/// The nearest of 16 bits, halves to the even one; what is not a number is the least.
static int64_t rounded(double value) {
  value = value > -MOST ? value : -MOST;
  return (int64_t)nearbyint(value < MOST ? value : MOST);
}

/// e^q for q <= 0: a parabola on (-ln 2, 0], halved once for each ln 2 (algorithm 2).
struct exponential {
  /// Numbers are shifted to the left by it, so that one is worth 2^-13 to 2^-12.
  int shift;
  int64_t ln2, b, c;
  /// e^0
  int64_t one;
};

static struct exponential exponential(double unit) {
  struct exponential e;
  (void)frexp(unit, &e.shift);
  e.shift += 12;
  double scale = ldexp(unit, -e.shift);
  e.ln2 = (int64_t)floor(0.6931471805599453 / scale);
  e.b = (int64_t)floor(1.353 / scale);
  e.c = (int64_t)floor(0.344 / (0.3585 * scale * scale));
  e.one = e.b * e.b + e.c;
  return e;
}

static int64_t power(struct exponential e, int64_t q) {
  // So far below zero that nothing is left.
  int64_t limit = 62 * e.ln2;
  if (e.shift >= 0) {
    q = -q > limit >> least(e.shift, 62) ? -limit : q * ((int64_t)1 << e.shift);
  } else {
    int down = -e.shift < 62 ? -e.shift : 62;
    q = -((-q + ((int64_t)1 << down >> 1)) >> down);
  }
  if (-q >= limit) return 0;
  int64_t halvings = -q / e.ln2, p = q + halvings * e.ln2;
  return ((p + e.b) * (p + e.b) + e.c) >> halvings;
}

void iu_exponentials(const float *scores, size_t rows, size_t columns, size_t first_length, size_t growth, double unit,
                     int most, float *grid, float *sums) {
  struct exponential e = exponential(unit);
  for (size_t row = 0; row < rows; row++) {
    const float *source = scores + row * columns;
    float *target = grid + row * columns;
    size_t length = first_length + row * growth;
    if (length > columns) length = columns;
    int64_t largest = INT64_MIN, sum = 0;
    for (size_t i = 0; i < length; i++) largest = (int64_t)source[i] > largest ? (int64_t)source[i] : largest;
    for (size_t i = 0; i < length; i++) {
      int64_t share = (2 * power(e, (int64_t)source[i] - largest) * most + e.one) / (2 * e.one);
      target[i] = (float)share;
      sum += share;
    }
    for (size_t i = length; i < columns; i++) target[i] = 0;
    sums[row] = (float)sum;
  }
}

/// x * (1 + erf(x / sqrt(2))) / 2 by a parabola (algorithm 1).
static void gelu(const float *x, size_t columns, double step, float *y) {
  double scale = step / 1.4142135623730951;
  int64_t b = (int64_t)floor(1.769 / scale), one = (int64_t)floor(1 / (0.2888 * scale * scale));
  double unit = step * 0.2888 * scale * scale / 2;
  for (size_t i = 0; i < columns; i++) {
    int64_t q = rounded(x[i] / step), magnitude = least(q < 0 ? -q : q, b);
    int64_t erf = one - (b - magnitude) * (b - magnitude);
    y[i] = (float)((double)(q * (one + (q < 0 ? -erf : erf))) * unit);
  }
}

/// x / (1 + e^(-slope x)).
static void sigmoid(const float *x, size_t columns, double step, double slope, float *y) {
  struct exponential e = exponential(step * slope);
  for (size_t i = 0; i < columns; i++) {
    int64_t q = rounded(x[i] / step), tail = power(e, q < 0 ? q : -q);
    int64_t sum = e.one + tail, share = (((q < 0 ? tail : e.one) << 16) + sum) / (2 * sum);
    y[i] = (float)((double)(q * share) * step / 32768);
  }
}

void iu_activate(const float *x, size_t rows, size_t columns, size_t stride, double step, enum iu_activation activation,
                 float *y) {
  for (size_t row = 0; row < rows; row++) {
    const float *source = x + row * stride;
    float *target = y + row * stride;
    switch (activation) {
      case IU_GELU: gelu(source, columns, step, target); break;
      case IU_QUICK_GELU: sigmoid(source, columns, step, 1.702, target); break;
      case IU_SILU: sigmoid(source, columns, step, 1, target); break;
    }
  }
}

/// The largest whole number whose square is at most `n`, by Newton's method (algorithm 4).
static int64_t root(int64_t n) {
  if (n <= 0) return 0;
  int bits = 64 - __builtin_clzll((unsigned long long)n);
  int64_t x = (int64_t)1 << ((bits + 1) / 2);
  for (;;) {
    int64_t next = (x + n / x) / 2;
    if (next >= x) return x;
    x = next;
  }
}

void iu_layer_norm(const float *x, size_t rows, size_t columns, double step, double epsilon, const float *weight,
                   const float *bias, float *y) {
#pragma clang fp contract(off)
  enum { POINT = 256 };
  int64_t count = (int64_t)columns, added = (int64_t)fmin(floor(epsilon / step / step * POINT * POINT), 1e15);
  for (size_t row = 0; row < rows; row++) {
    const float *source = x + row * columns;
    float *target = y + row * columns;
    int64_t sum = 0, squares = 0;
    for (size_t i = 0; i < columns; i++) sum += rounded(source[i] / step);
    // Towards minus infinity, as a shift does.
    int64_t scaled = POINT * sum, mean = scaled / count - (scaled % count < 0);
    for (size_t i = 0; i < columns; i++) {
      int64_t difference = POINT * rounded(source[i] / step) - mean;
      squares += difference * difference;
    }
    int64_t deviation = root(squares / count + added);
    if (deviation < 1) deviation = 1;
    for (size_t i = 0; i < columns; i++) {
      int64_t quotient = (POINT * rounded(source[i] / step) - mean) * 32768 / deviation;
      float normalized = (float)quotient * (1.0f / 32768) * weight[i];
      target[i] = normalized + bias[i];
    }
  }
}

void iu_round_stream(float *x, const float *added, size_t count, float step) {
  float most = MOST * step;
  for (size_t i = 0; i < count; i++) {
    float value = (float)rounded((double)(added ? added[i] : x[i]) / step) * step;
    if (added) value = x[i] + value;
    value = value > -most ? value : -most;
    x[i] = value < most ? value : most;
  }
}

float iu_best_step(const float *values, size_t count, float largest, float most) {
#pragma clang fp contract(off)
  float best = largest / most, least = INFINITY;
  for (int percent = 100; percent >= 30; percent -= 2) {
    float step = largest * (float)percent / 100.0f / most, inverse = 1.0f / step, error = 0;
    for (size_t i = 0; i < count; i++) {
      float number = nearbyintf(values[i] * inverse);
      number = number > -most ? number : -most;
      float difference = values[i] - (number < most ? number : most) * step;
      error = error + difference * difference;
    }
    if (error < least) {
      best = step;
      least = error;
    }
  }
  return best;
}
