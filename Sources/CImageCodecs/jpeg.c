#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "image_codecs.h"

// libjpeg reports errors by calling back and expects never to return there.
struct reader {
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  jmp_buf escape;
  char *message;
};

static void fail(j_common_ptr info) {
  struct reader *reader = (struct reader *)info->err;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  snprintf(reader->message, IC_MESSAGE_SIZE, "%s", text);
  longjmp(reader->escape, 1);
}

static void ignore_warning(j_common_ptr info, int level) {
  (void)level;
  info->err->num_warnings++;
}

static void print_nothing(j_common_ptr info) { (void)info; }

static void start_source(j_decompress_ptr info) { (void)info; }

static boolean source_ends(j_decompress_ptr info) {
  struct reader *reader = (struct reader *)info->err;
  snprintf(reader->message, IC_MESSAGE_SIZE, "the JPEG data is cut short");
  longjmp(reader->escape, 1);
  return FALSE;
}

static void skip_source(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if ((size_t)count > info->src->bytes_in_buffer) source_ends(info);
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= (size_t)count;
}

static void end_source(j_decompress_ptr info) { (void)info; }

static void catch_errors(struct jpeg_decompress_struct *info, struct reader *reader) {
  info->err = jpeg_std_error(&reader->errors);
  reader->errors.error_exit = fail;
  reader->errors.emit_message = ignore_warning;
  reader->errors.output_message = print_nothing;
}

static void read_header(struct jpeg_decompress_struct *info, struct reader *reader, const uint8_t *bytes, size_t count) {
  jpeg_create_decompress(info);
  info->src = &reader->source;
  reader->source.init_source = start_source;
  reader->source.fill_input_buffer = source_ends;
  reader->source.skip_input_data = skip_source;
  reader->source.resync_to_restart = jpeg_resync_to_restart;
  reader->source.term_source = end_source;
  reader->source.next_input_byte = bytes;
  reader->source.bytes_in_buffer = count;
  jpeg_read_header(info, TRUE);
}

int ic_jpeg_size(const uint8_t *bytes, size_t count, size_t *rows, size_t *columns, char *message) {
  struct jpeg_decompress_struct info;
  struct reader reader = {.message = message};
  memset(&info, 0, sizeof info);
  catch_errors(&info, &reader);
  if (setjmp(reader.escape)) {
    jpeg_destroy_decompress(&info);
    return -1;
  }
  read_header(&info, &reader, bytes, count);
  *rows = info.image_height;
  *columns = info.image_width;
  jpeg_destroy_decompress(&info);
  return 0;
}

static uint8_t product_of_shares(unsigned a, unsigned b) {
  unsigned value = a * b + 128;
  return (uint8_t)(((value >> 8) + value) >> 8);
}

/// Adobe stores ink inverted: 255 is no ink. Mixing is what Pillow's conversion from CMYK to RGB does.
static void mix_inks(const uint8_t *inks, uint8_t *pixels, size_t columns) {
  for (size_t column = 0; column < columns; column++) {
    unsigned paper = inks[column * 4 + 3];
    for (size_t channel = 0; channel < 3; channel++)
      pixels[column * 3 + channel] =
          (uint8_t)(paper - product_of_shares(255u - inks[column * 4 + channel], paper));
  }
}

int ic_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t rows, size_t columns, char *message) {
  struct jpeg_decompress_struct info;
  struct reader reader = {.message = message};
  memset(&info, 0, sizeof info);
  uint8_t *volatile inks = NULL;
  catch_errors(&info, &reader);
  if (setjmp(reader.escape)) {
    jpeg_destroy_decompress(&info);
    free(inks);
    return -1;
  }
  read_header(&info, &reader, bytes, count);
  int is_cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  if (is_cmyk) {
    inks = malloc(columns * 4);
    if (inks == NULL) source_ends(&info);
  }
  jpeg_start_decompress(&info);
  if (info.output_height != rows || info.output_width != columns) {
    snprintf(message, IC_MESSAGE_SIZE, "the JPEG's size changes within the file");
    longjmp(reader.escape, 1);
  }
  while (info.output_scanline < info.output_height) {
    uint8_t *target = pixels + (size_t)info.output_scanline * columns * 3;
    JSAMPROW row = is_cmyk ? inks : target;
    if (jpeg_read_scanlines(&info, &row, 1) != 1) source_ends(&info);
    if (is_cmyk) mix_inks(inks, target, columns);
  }
  // What follows the last row is not needed, so a missing end mark is forgiven, as Pillow does.
  jpeg_destroy_decompress(&info);
  free(inks);
  return 0;
}
