#include "image_codecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
  char *message;
} png_writer;

static void on_error(png_structp png, png_const_charp text) {
  png_writer *writer = png_get_error_ptr(png);
  snprintf(writer->message, IC_MESSAGE_SIZE, "%s", text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void write_bytes(png_structp png, png_bytep from, size_t count) {
  png_writer *writer = png_get_io_ptr(png);
  if (count > writer->capacity - writer->count) {
    size_t capacity = writer->capacity * 2 + count;
    uint8_t *grown = realloc(writer->bytes, capacity);
    if (!grown) png_error(png, "out of memory");
    writer->bytes = grown;
    writer->capacity = capacity;
  }
  memcpy(writer->bytes + writer->count, from, count);
  writer->count += count;
}

static void flush_bytes(png_structp png) { (void)png; }

ic_status ic_png_encode(
  const uint8_t *pixels, uint32_t rows, uint32_t columns, uint8_t **encoded, size_t *encoded_count, char *message
) {
  // On the heap: the callbacks change it after `setjmp`.
  png_writer *writer = calloc(1, sizeof *writer);
  message[0] = 0;
  if (!writer) return IC_NO_MEMORY;
  writer->message = message;
  png_infop volatile info = NULL;
  png_structp volatile png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, on_error, on_warning);
  if (!png) {
    free(writer);
    return IC_NO_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_structp spent = png;
    png_infop spent_info = info;
    png_destroy_write_struct(&spent, spent_info ? &spent_info : NULL);
    free(writer->bytes);
    free(writer);
    return IC_UNSUPPORTED;
  }
  info = png_create_info_struct(png);
  if (!info) png_error(png, "out of memory");
  png_set_write_fn(png, writer, write_bytes, flush_bytes);
  png_set_IHDR(
    png, info, columns, rows, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
    PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (uint32_t row = 0; row < rows; row++) png_write_row(png, pixels + (size_t)row * columns * 3);
  png_write_end(png, info);
  png_structp spent = png;
  png_infop spent_info = info;
  png_destroy_write_struct(&spent, &spent_info);
  *encoded = writer->bytes;
  *encoded_count = writer->count;
  free(writer);
  return IC_OK;
}

void ic_release(uint8_t *encoded) { free(encoded); }
