/* What the tests in C share. */
#include <hardtack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

/* Nothing failed. */
#define OK(call)                                                                                       \
    do {                                                                                               \
        hardtack_error_t *ok_error = (call);                                                           \
        if (ok_error) {                                                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, hardtack_error_message(ok_error).data); \
            exit(1);                                                                                   \
        }                                                                                              \
    } while (0)

/* It failed with an error of this kind. */
#define FAILS(expected, call)                                              \
    do {                                                                   \
        hardtack_error_t *fails_error = (call);                            \
        if (hardtack_error_kind(fails_error) != (expected)) {              \
            fprintf(stderr, "%s:%d: kind %d: %s\n", __FILE__, __LINE__,     \
                    (int)hardtack_error_kind(fails_error),                 \
                    fails_error ? hardtack_error_message(fails_error).data : "no error"); \
            exit(1);                                                       \
        }                                                                  \
        hardtack_error_delete(fails_error);                                \
    } while (0)

static hardtack_str_t s(const char *text) { return hardtack_str(text); }

static inline bool is(hardtack_str_t str, const char *text) {
    return str.len == strlen(text) && memcmp(str.data, text, str.len) == 0;
}

static unsigned char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    CHECK(file);
    CHECK(fseek(file, 0, SEEK_END) == 0);
    *len = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*len);
    CHECK(bytes && fread(bytes, 1, *len, file) == *len);
    fclose(file);
    return bytes;
}

/* How often finalizers were called. */
static int ended;
static inline void count_end(void *data) {
    (void)data;
    ended++;
}
