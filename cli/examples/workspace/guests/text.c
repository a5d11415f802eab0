// Words and letters in a text that the host puts into `buffer`. Build it with ./build.sh; text.wasm is what it makes.

#define EXPORT(name) __attribute__((export_name(name)))

static unsigned char text[4096];

static int is_letter(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Where the host may write, and how much.
EXPORT("buffer") unsigned char *buffer(void) { return text; }
EXPORT("capacity") unsigned capacity(void) { return sizeof text; }

// The number of words in the first `len` bytes.
EXPORT("words") unsigned words(unsigned len) {
    unsigned count = 0, inside = 0;
    for (unsigned i = 0; i < len; i++) {
        unsigned letter = is_letter(text[i]);
        count += letter & !inside;
        inside = letter;
    }
    return count;
}

// Makes each word begin with a capital letter, in place.
EXPORT("capitalise") void capitalise(unsigned len) {
    int inside = 0;
    for (unsigned i = 0; i < len; i++) {
        int letter = is_letter(text[i]);
        if (letter && !inside && text[i] >= 'a') text[i] -= 'a' - 'A';
        inside = letter;
    }
}
