#include "image_codecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

// A progressive file may announce any number of scans over the whole picture, each a few bytes long. Real files have
// about ten; these bounds keep a hostile one from occupying a core for minutes.
enum { MAXIMUM_SCANS = 100 };
static const uint64_t MAXIMUM_SCANNED_PIXELS = (uint64_t)1 << 32;

typedef struct {
  struct jpeg_decompress_struct decoder;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  ic_status status;
  char *message;
} jpeg_reader;

static jpeg_reader *reader_of(j_common_ptr common) { return (jpeg_reader *)common->client_data; }

static void on_error(j_common_ptr common) {
  jpeg_reader *reader = reader_of(common);
  char text[JMSG_LENGTH_MAX];
  common->err->format_message(common, text);
  snprintf(reader->message, IC_MESSAGE_SIZE, "%s", text);
  switch (common->err->msg_code) {
  case JERR_OUT_OF_MEMORY: reader->status = IC_NO_MEMORY; break;
  case JERR_INPUT_EOF: reader->status = IC_TRUNCATED; break;
  default: reader->status = IC_DAMAGED;
  }
  longjmp(reader->escape, 1);
}

static void leave(jpeg_reader *reader, ic_status status, const char *text) {
  snprintf(reader->message, IC_MESSAGE_SIZE, "%s", text);
  reader->status = status;
  longjmp(reader->escape, 1);
}

// Warnings (stray bytes before a marker and the like) are common in the wild; PIL passes over them too.
static void on_warning(j_common_ptr common, int level) {
  if (level < 0) common->err->num_warnings++;
}
static void on_output(j_common_ptr common) { (void)common; }

static void on_progress(j_common_ptr common) {
  jpeg_reader *reader = reader_of(common);
  uint64_t scans = (uint64_t)reader->decoder.input_scan_number;
  uint64_t pixels = (uint64_t)reader->decoder.image_width * reader->decoder.image_height;
  if (scans > MAXIMUM_SCANS || scans * pixels > MAXIMUM_SCANNED_PIXELS) {
    leave(reader, IC_UNSUPPORTED, "has too many progressive scans");
  }
}

static void start_source(j_decompress_ptr decoder) { (void)decoder; }
static boolean fill_source(j_decompress_ptr decoder) {
  ERREXIT(decoder, JERR_INPUT_EOF);
  return FALSE;
}
static void skip_source(j_decompress_ptr decoder, long count) {
  if (count <= 0) return;
  if ((size_t)count > decoder->src->bytes_in_buffer) ERREXIT(decoder, JERR_INPUT_EOF);
  decoder->src->next_input_byte += count;
  decoder->src->bytes_in_buffer -= (size_t)count;
}
static void end_source(j_decompress_ptr decoder) { (void)decoder; }

// Only the part that cannot jump: `setjmp` has to stand in the function that then calls the library.
static void prepare(jpeg_reader *reader, char *message) {
  memset(reader, 0, sizeof *reader);
  reader->message = message;
  message[0] = 0;
  reader->decoder.err = jpeg_std_error(&reader->errors);
  reader->errors.error_exit = on_error;
  reader->errors.emit_message = on_warning;
  reader->errors.output_message = on_output;
  reader->decoder.client_data = reader;
}

static void open_header(jpeg_reader *reader, const uint8_t *bytes, size_t count) {
  jpeg_create_decompress(&reader->decoder);
  reader->decoder.client_data = reader;
  reader->source.next_input_byte = bytes;
  reader->source.bytes_in_buffer = count;
  reader->source.init_source = start_source;
  reader->source.fill_input_buffer = fill_source;
  reader->source.skip_input_data = skip_source;
  reader->source.resync_to_restart = jpeg_resync_to_restart;
  reader->source.term_source = end_source;
  reader->decoder.src = &reader->source;
  reader->progress.progress_monitor = on_progress;
  reader->decoder.progress = &reader->progress;
  jpeg_read_header(&reader->decoder, TRUE);
}

ic_status ic_jpeg_size(const uint8_t *bytes, size_t count, uint32_t *rows, uint32_t *columns, char *message) {
  jpeg_reader reader;
  prepare(&reader, message);
  if (setjmp(reader.escape)) {
    jpeg_destroy_decompress(&reader.decoder);
    return reader.status;
  }
  open_header(&reader, bytes, count);
  *rows = reader.decoder.image_height;
  *columns = reader.decoder.image_width;
  jpeg_destroy_decompress(&reader.decoder);
  return IC_OK;
}

// a * b / 255, rounded, as PIL computes it.
static inline int scaled(int a, int b) {
  int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

// PIL takes every four-channel JPEG for Adobe's, which stores ink inverted, and blends the black in by product.
static void inverted_cmyk_to_rgb(const uint8_t *cmyk, uint8_t *rgb, uint32_t columns) {
  for (uint32_t i = 0; i < columns; i++, cmyk += 4, rgb += 3) {
    int white = cmyk[3];
    for (int channel = 0; channel < 3; channel++) {
      int value = white - scaled(255 - cmyk[channel], white);
      rgb[channel] = (uint8_t)(value < 0 ? 0 : value);
    }
  }
}

ic_status ic_jpeg_decode(
  const uint8_t *bytes, size_t count, uint8_t *pixels, uint32_t rows, uint32_t columns, char *message
) {
  jpeg_reader reader;
  uint8_t *volatile ink = NULL;
  prepare(&reader, message);
  if (setjmp(reader.escape)) {
    jpeg_destroy_decompress(&reader.decoder);
    free(ink);
    return reader.status;
  }
  open_header(&reader, bytes, count);
  struct jpeg_decompress_struct *decoder = &reader.decoder;
  if (decoder->image_height != rows || decoder->image_width != columns) {
    leave(&reader, IC_DAMAGED, "its size changed while it was read");
  }
  int channels = decoder->num_components;
  if (channels != 1 && channels != 3 && channels != 4) leave(&reader, IC_UNSUPPORTED, "has two color channels");
  decoder->out_color_space = channels == 4 ? JCS_CMYK : JCS_RGB;
  decoder->dct_method = JDCT_ISLOW;
  decoder->do_fancy_upsampling = TRUE;
  jpeg_start_decompress(decoder);
  if (decoder->output_height != rows || decoder->output_width != columns
      || decoder->output_components != (channels == 4 ? 4 : 3)) {
    leave(&reader, IC_DAMAGED, "its size changed while it was read");
  }
  if (channels == 4) {
    ink = malloc((size_t)columns * 4);
    if (!ink) leave(&reader, IC_NO_MEMORY, "out of memory");
  }
  size_t stride = (size_t)columns * 3;
  while (decoder->output_scanline < rows) {
    uint32_t row = decoder->output_scanline;
    if (ink) {
      JSAMPROW line = ink;
      if (jpeg_read_scanlines(decoder, &line, 1) == 1) inverted_cmyk_to_rgb(ink, pixels + row * stride, columns);
    } else {
      JSAMPROW lines[16];
      uint32_t ahead = rows - row < 16 ? rows - row : 16;
      for (uint32_t i = 0; i < ahead; i++) lines[i] = pixels + (row + i) * stride;
      jpeg_read_scanlines(decoder, lines, ahead);
    }
  }
  // Reads on to the end marker, so that a file cut anywhere is noticed.
  jpeg_finish_decompress(decoder);
  jpeg_destroy_decompress(decoder);
  free(ink);
  return IC_OK;
}
