// JPEG, PNG and WebP through the system's libraries, from and to memory. Nothing here prints, exits or keeps state:
// every failure is a status and a short text. The libraries' jumps never leave this directory.
#ifndef CARBONCLIP_IMAGE_CODECS_H
#define CARBONCLIP_IMAGE_CODECS_H

#include <stddef.h>
#include <stdint.h>

#define IC_MESSAGE_SIZE 256

typedef enum {
  IC_OK = 0,
  IC_TRUNCATED = 1,    // the bytes end too early
  IC_DAMAGED = 2,      // the bytes contradict themselves; the message is the library's
  IC_UNSUPPORTED = 3,  // well formed, but of a kind that is not read
  IC_NO_MEMORY = 4,
} ic_status;

/// Reads the size from the header alone; nothing the size of the picture is allocated.
/// `message` holds IC_MESSAGE_SIZE characters.
ic_status ic_jpeg_size(const uint8_t *bytes, size_t count, uint32_t *rows, uint32_t *columns, char *message);
ic_status ic_png_size(const uint8_t *bytes, size_t count, uint32_t *rows, uint32_t *columns, char *message);
ic_status ic_webp_size(const uint8_t *bytes, size_t count, uint32_t *rows, uint32_t *columns, char *message);

/// Decodes to RGB, three bytes a pixel, into `rows * columns * 3` bytes; the size must be the header's.
/// Transparency is dropped, not blended.
ic_status ic_jpeg_decode(
  const uint8_t *bytes, size_t count, uint8_t *pixels, uint32_t rows, uint32_t columns, char *message);
ic_status ic_png_decode(
  const uint8_t *bytes, size_t count, uint8_t *pixels, uint32_t rows, uint32_t columns, char *message);
ic_status ic_webp_decode(
  const uint8_t *bytes, size_t count, uint8_t *pixels, uint32_t rows, uint32_t columns, char *message);

/// Encodes RGB as PNG. `*encoded` is to be handed to `ic_release`.
ic_status ic_png_encode(
  const uint8_t *pixels, uint32_t rows, uint32_t columns, uint8_t **encoded, size_t *encoded_count, char *message);

void ic_release(uint8_t *encoded);

#endif
