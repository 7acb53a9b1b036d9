#include "packing.h"

#include <pthread.h>
#include <stdlib.h>

struct memory {
  size_t words;
  vk_word *start;
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int has_key;

static void give_back(void *value) {
  struct memory *memory = value;
  free(memory->start);
  free(memory);
}

static void make_key(void) { has_key = pthread_key_create(&key, give_back) == 0; }

vk_word *vk_packing_memory(size_t words) {
  pthread_once(&once, make_key);
  if (!has_key) return NULL;
  struct memory *memory = pthread_getspecific(key);
  if (!memory) {
    memory = calloc(1, sizeof *memory);
    if (!memory || pthread_setspecific(key, memory) != 0) {
      free(memory);
      return NULL;
    }
  }
  if (memory->words < words) {
    free(memory->start);
    memory->start = NULL;
    memory->words = 0;
    void *block = NULL;
    if (words > SIZE_MAX / sizeof(vk_word) || posix_memalign(&block, 64, words * sizeof(vk_word)) != 0) return NULL;
    memory->start = block;
    memory->words = words;
  }
  return memory->start;
}
