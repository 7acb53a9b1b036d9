#include <stdio.h>
#include <webp/decode.h>

#include "image_codecs.h"

int ic_webp_size(const uint8_t *bytes, size_t count, size_t *rows, size_t *columns, char *message) {
  int width = 0, height = 0;
  if (!WebPGetInfo(bytes, count, &width, &height) || width <= 0 || height <= 0) {
    snprintf(message, IC_MESSAGE_SIZE, "the WebP header is damaged or cut short");
    return -1;
  }
  *rows = (size_t)height;
  *columns = (size_t)width;
  return 0;
}

int ic_webp_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t rows, size_t columns, char *message) {
  if (WebPDecodeRGBInto(bytes, count, pixels, rows * columns * 3, (int)(columns * 3)) == NULL) {
    snprintf(message, IC_MESSAGE_SIZE, "the WebP data is damaged, cut short or an animation");
    return -1;
  }
  return 0;
}
