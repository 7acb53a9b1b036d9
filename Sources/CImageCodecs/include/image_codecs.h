// JPEG, PNG and WebP through libjpeg-turbo, libpng and libwebp, behind one interface that cannot exit or print.
#ifndef CARBONCLIP_IMAGE_CODECS_H
#define CARBONCLIP_IMAGE_CODECS_H

#include <stddef.h>
#include <stdint.h>

enum { IC_MESSAGE_SIZE = 256 };

/// Reads a picture's size from its header. Returns 0, or -1 with `message` set.
int ic_jpeg_size(const uint8_t *bytes, size_t count, size_t *rows, size_t *columns, char *message);
int ic_png_size(const uint8_t *bytes, size_t count, size_t *rows, size_t *columns, char *message);
int ic_webp_size(const uint8_t *bytes, size_t count, size_t *rows, size_t *columns, char *message);

/// Decodes to 8-bit RGB, `rows * columns * 3` bytes; rows and columns must be what the header says.
int ic_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t rows, size_t columns, char *message);
int ic_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t rows, size_t columns, char *message);
int ic_webp_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t rows, size_t columns, char *message);

/// Encodes 8-bit RGB as PNG into memory that the caller frees with `free`.
int ic_png_encode(const uint8_t *pixels, size_t rows, size_t columns, uint8_t **bytes, size_t *count, char *message);

#endif
