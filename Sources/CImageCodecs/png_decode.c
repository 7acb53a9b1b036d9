#include "image_codecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
  const uint8_t *next;
  size_t left;
  ic_status status;
  char *message;
  // Set when all rows are there: from then on the file may end between two chunks, without its end chunk.
  int is_complete;
} png_reader;

static void on_error(png_structp png, png_const_charp text) {
  png_reader *reader = png_get_error_ptr(png);
  if (reader->status == IC_OK) {
    reader->status = strstr(text, "memory") ? IC_NO_MEMORY : IC_DAMAGED;
    snprintf(reader->message, IC_MESSAGE_SIZE, "%s", text);
  }
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep into, size_t count) {
  png_reader *reader = png_get_io_ptr(png);
  if (count > reader->left) {
    // Eight bytes are a chunk's length and name.
    if (reader->is_complete && reader->left == 0 && count == 8) {
      reader->is_complete = 2;
      png_longjmp(png, 1);
    }
    reader->status = IC_TRUNCATED;
    png_error(png, "unexpected end");
  }
  memcpy(into, reader->next, count);
  reader->next += count;
  reader->left -= count;
}

static uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

ic_status ic_png_size(const uint8_t *bytes, size_t count, uint32_t *rows, uint32_t *columns, char *message) {
  message[0] = 0;
  if (count < 24) return IC_TRUNCATED;
  if (memcmp(bytes + 12, "IHDR", 4) != 0) {
    snprintf(message, IC_MESSAGE_SIZE, "does not start with a header chunk");
    return IC_DAMAGED;
  }
  *columns = big_endian(bytes + 16);
  *rows = big_endian(bytes + 20);
  if (*rows == 0 || *columns == 0) {
    snprintf(message, IC_MESSAGE_SIZE, "its header has no rows or no columns");
    return IC_DAMAGED;
  }
  return IC_OK;
}

// PIL clips 16-bit gray to 255 (and takes the high byte of every other 16-bit kind).
static void clipped_gray_to_rgb(const uint8_t *gray, uint8_t *rgb, uint32_t columns) {
  for (uint32_t i = 0; i < columns; i++, gray += 2, rgb += 3) {
    rgb[0] = rgb[1] = rgb[2] = gray[0] ? 255 : gray[1];
  }
}

ic_status ic_png_decode(
  const uint8_t *bytes, size_t count, uint8_t *pixels, uint32_t rows, uint32_t columns, char *message
) {
  png_reader reader = {bytes, count, IC_OK, message, 0};
  uint8_t *volatile wide = NULL;
  png_infop volatile info = NULL;
  message[0] = 0;
  png_structp volatile png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
  if (!png) return IC_NO_MEMORY;
  if (setjmp(png_jmpbuf(png))) {
    png_structp spent = png;
    png_infop spent_info = info;
    png_destroy_read_struct(&spent, spent_info ? &spent_info : NULL, NULL);
    free(wide);
    if (reader.is_complete == 2) return IC_OK;
    return reader.status == IC_OK ? IC_DAMAGED : reader.status;
  }
  info = png_create_info_struct(png);
  if (!info) png_error(png, "out of memory");
  png_set_read_fn(png, &reader, read_bytes);
  // Profiles and texts are not needed, and unpacking them is how a small file grows large.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, info);
  if (png_get_image_height(png, info) != rows || png_get_image_width(png, info) != columns) {
    png_error(png, "its size changed while it was read");
  }
  int depth = png_get_bit_depth(png, info);
  int type = png_get_color_type(png, info);
  int is_wide_gray = type == PNG_COLOR_TYPE_GRAY && depth == 16;
  if (!is_wide_gray) {
    png_set_strip_16(png);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (!(type & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
  }
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t stride = (size_t)columns * 3, wide_stride = (size_t)columns * 2;
  if (png_get_rowbytes(png, info) != (is_wide_gray ? wide_stride : stride)) {
    png_error(png, "is of an unknown color type");
  }
  if (is_wide_gray) {
    wide = calloc(passes > 1 ? rows : 1, wide_stride);
    if (!wide) png_error(png, "out of memory");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t row = 0; row < rows; row++) {
      uint8_t *line = wide ? wide + (passes > 1 ? row * wide_stride : 0) : pixels + row * stride;
      png_read_row(png, line, NULL);
      if (wide && pass == passes - 1) clipped_gray_to_rgb(line, pixels + row * stride, columns);
    }
  }
  reader.is_complete = 1;
  png_read_end(png, NULL);
  png_structp spent = png;
  png_infop spent_info = info;
  png_destroy_read_struct(&spent, &spent_info, NULL);
  free(wide);
  return IC_OK;
}
