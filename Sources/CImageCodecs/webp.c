#include "image_codecs.h"

#include <stdio.h>

#include <webp/decode.h>

static ic_status report(VP8StatusCode status, char *message) {
  const char *text = "";
  ic_status result = IC_DAMAGED;
  switch (status) {
  case VP8_STATUS_OK: result = IC_OK; break;
  case VP8_STATUS_NOT_ENOUGH_DATA:
  case VP8_STATUS_SUSPENDED: result = IC_TRUNCATED; break;
  case VP8_STATUS_OUT_OF_MEMORY: result = IC_NO_MEMORY; break;
  case VP8_STATUS_UNSUPPORTED_FEATURE:
    result = IC_UNSUPPORTED;
    text = "uses a feature that is not supported";
    break;
  default: text = "bad bitstream";
  }
  snprintf(message, IC_MESSAGE_SIZE, "%s", text);
  return result;
}

ic_status ic_webp_size(const uint8_t *bytes, size_t count, uint32_t *rows, uint32_t *columns, char *message) {
  WebPBitstreamFeatures features;
  ic_status status = report(WebPGetFeatures(bytes, count, &features), message);
  if (status != IC_OK) return status;
  if (features.has_animation) {
    snprintf(message, IC_MESSAGE_SIZE, "it is animated");
    return IC_UNSUPPORTED;
  }
  if (features.width <= 0 || features.height <= 0) return IC_DAMAGED;
  *rows = (uint32_t)features.height;
  *columns = (uint32_t)features.width;
  return IC_OK;
}

ic_status ic_webp_decode(
  const uint8_t *bytes, size_t count, uint8_t *pixels, uint32_t rows, uint32_t columns, char *message
) {
  WebPDecoderConfig config;
  message[0] = 0;
  if (!WebPInitDecoderConfig(&config)) return IC_UNSUPPORTED;
  ic_status status = report(WebPGetFeatures(bytes, count, &config.input), message);
  if (status != IC_OK) return status;
  if ((uint32_t)config.input.height != rows || (uint32_t)config.input.width != columns) return IC_DAMAGED;
  if (columns > (uint32_t)0x7FFFFFFF / 3) return IC_UNSUPPORTED;
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = (int)columns * 3;
  config.output.u.RGBA.size = (size_t)rows * columns * 3;
  status = report(WebPDecode(bytes, count, &config), message);
  WebPFreeDecBuffer(&config.output);
  return status;
}
