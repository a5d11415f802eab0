/* A program that goes wrong some calls deep: its backtrace is read back with file names and lines. It uses no library, so that
   the debug information is its own alone. */

struct node {
    struct node *next;
    int value;
};

static struct node nodes[8];

static inline __attribute__((always_inline)) int value_of(const struct node *node) {
    if (node->value < 0)
        __builtin_trap(); /* line 13: where it ends */
    return node->value;
}

__attribute__((noinline)) int sum(const struct node *node) {
    int total = 0;
    for (; node; node = node->next)
        total += value_of(node); /* line 20: inlined here */
    return total;
}

__attribute__((noinline)) int build_and_sum(int count) {
    struct node *list = 0;
    for (int i = 0; i < count && i < 8; i++) {
        nodes[i].next = list;
        nodes[i].value = i == 3 ? -1 : i;
        list = &nodes[i];
    }
    return sum(list) + 1; /* line 31: called here */
}

__attribute__((export_name("run"))) int run(int count) {
    return build_and_sum(count) * 2; /* line 35: and here */
}
