#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_codecs.h"

struct input {
  const uint8_t *bytes;
  size_t left;
  char *message;
};

static void fail(png_structp png, png_const_charp text) {
  struct input *input = png_get_error_ptr(png);
  snprintf(input->message, IC_MESSAGE_SIZE, "the PNG data is damaged: %s", text);
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void take(png_structp png, png_bytep target, size_t count) {
  struct input *input = png_get_io_ptr(png);
  if (count > input->left) png_error(png, "it is cut short");
  memcpy(target, input->bytes, count);
  input->bytes += count;
  input->left -= count;
}

static png_structp open_reader(struct input *input, png_infop *info) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, input, fail, ignore_warning);
  if (png == NULL) return NULL;
  *info = png_create_info_struct(png);
  if (*info == NULL) {
    png_destroy_read_struct(&png, NULL, NULL);
    return NULL;
  }
  png_set_read_fn(png, input, take);
  // The caller bounds the picture; these bound what other chunks may unpack to.
  png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
  png_set_chunk_malloc_max(png, 8 << 20);
  png_set_chunk_cache_max(png, 128);
  return png;
}

int ic_png_size(const uint8_t *bytes, size_t count, size_t *rows, size_t *columns, char *message) {
  struct input input = {bytes, count, message};
  png_infop info = NULL;
  png_structp png = open_reader(&input, &info);
  if (png == NULL) {
    snprintf(message, IC_MESSAGE_SIZE, "out of memory");
    return -1;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return -1;
  }
  png_read_info(png, info);
  *rows = png_get_image_height(png, info);
  *columns = png_get_image_width(png, info);
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

int ic_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t rows, size_t columns, char *message) {
  struct input input = {bytes, count, message};
  png_infop info = NULL;
  png_structp png = open_reader(&input, &info);
  png_bytep *volatile lines = malloc((rows > 0 ? rows : 1) * sizeof(png_bytep));
  if (png == NULL || lines == NULL) {
    if (png != NULL) png_destroy_read_struct(&png, &info, NULL);
    free(lines);
    snprintf(message, IC_MESSAGE_SIZE, "out of memory");
    return -1;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    free(lines);
    return -1;
  }
  png_read_info(png, info);
  // What Pillow's conversion to RGB does: the high byte of 16 bits, palettes looked up, alpha dropped.
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_gray_to_rgb(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != columns * 3 || png_get_image_height(png, info) != rows)
    png_error(png, "its rows do not unpack to RGB");
  for (size_t row = 0; row < rows; row++) lines[row] = pixels + row * columns * 3;
  png_read_image(png, lines);
  png_destroy_read_struct(&png, &info, NULL);
  free(lines);
  return 0;
}

struct output {
  struct input errors;
  uint8_t *bytes;
  size_t count, capacity;
};

static void give(png_structp png, png_bytep source, size_t count) {
  struct output *output = png_get_io_ptr(png);
  if (output->count + count > output->capacity) {
    size_t capacity = (output->count + count) * 2 + 4096;
    uint8_t *grown = realloc(output->bytes, capacity);
    if (grown == NULL) png_error(png, "out of memory");
    output->bytes = grown;
    output->capacity = capacity;
  }
  memcpy(output->bytes + output->count, source, count);
  output->count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

int ic_png_encode(const uint8_t *pixels, size_t rows, size_t columns, uint8_t **bytes, size_t *count, char *message) {
  struct output output = {{NULL, 0, message}, NULL, 0, 0};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &output.errors, fail, ignore_warning);
  png_infop info = png == NULL ? NULL : png_create_info_struct(png);
  if (info == NULL) {
    if (png != NULL) png_destroy_write_struct(&png, NULL);
    snprintf(message, IC_MESSAGE_SIZE, "out of memory");
    return -1;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    free(output.bytes);
    return -1;
  }
  png_set_write_fn(png, &output, give, flush_nothing);
  png_set_IHDR(png, info, (png_uint_32)columns, (png_uint_32)rows, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  // Speed over the last percents of size: generated pictures are written by the ten thousand.
  png_set_compression_level(png, 2);
  png_set_filter(png, 0, PNG_FILTER_SUB);
  png_write_info(png, info);
  for (size_t row = 0; row < rows; row++) png_write_row(png, pixels + row * columns * 3);
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &info);
  *bytes = output.bytes;
  *count = output.count;
  return 0;
}
