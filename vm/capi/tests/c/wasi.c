/* WASI from C: what a guest is given it has, and nothing else. */
#include "check.h"

struct output {
    char text[64];
    size_t len;
};

static ptrdiff_t take(void *env, const uint8_t *bytes, size_t len) {
    struct output *output = env;
    if (len > sizeof output->text - output->len) return -1;
    memcpy(output->text + output->len, bytes, len);
    output->len += len;
    return (ptrdiff_t)len;
}

static hardtack_error_t *run(hardtack_engine_t *engine, hardtack_linker_t *linker, const hardtack_module_t *module,
                             hardtack_wasi_config_t *config) {
    hardtack_store_t *store = hardtack_store_new(engine, NULL, NULL);
    hardtack_context_t *context = hardtack_store_context(store);
    hardtack_instance_t instance;
    hardtack_func_t start;
    if (config) OK(hardtack_context_set_wasi(context, config));
    OK(hardtack_linker_instantiate(linker, context, module, &instance));
    OK(hardtack_instance_func(context, instance, s("_start"), &start));
    hardtack_error_t *error = hardtack_func_call(context, start, NULL, 0, NULL, 0);
    hardtack_store_delete(store);
    return error;
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    size_t len;
    unsigned char *bytes = read_file(argv[1], &len);
    hardtack_module_t *module;
    OK(hardtack_module_load(bytes, len, &module));
    free(bytes);
    hardtack_engine_t *engine = hardtack_engine_new(NULL);
    hardtack_linker_t *linker = hardtack_linker_new(engine);
    OK(hardtack_linker_wasi(linker));

    /* Without anything. */
    uint32_t status;
    hardtack_error_t *error = run(engine, linker, module, NULL);
    CHECK(hardtack_error_kind(error) == HARDTACK_ERROR_EXIT && hardtack_error_exit_status(error, &status) && status == 0);
    hardtack_error_delete(error);

    /* With arguments, streams and directories. */
    struct output out = {{0}, 0}, err = {{0}, 0};
    hardtack_memory_dir_t *dir = hardtack_memory_dir_new(1 << 16);
    OK(hardtack_memory_dir_write(dir, s("sub/there"), (const uint8_t *)"x", 1));
    hardtack_wasi_config_t *config = hardtack_wasi_config_new();
    OK(hardtack_wasi_config_arg(config, s("app")));
    OK(hardtack_wasi_config_arg(config, s("--fast")));
    OK(hardtack_wasi_config_env(config, s("HOME"), s("/")));
    OK(hardtack_wasi_config_stdin_bytes(config, s("from the host")));
    ended = 0;
    OK(hardtack_wasi_config_stdout(config, take, &out, count_end));
    OK(hardtack_wasi_config_stderr(config, take, &err, count_end));
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_wasi_config_stdout(config, NULL, NULL, NULL));
    OK(hardtack_wasi_config_dir(config, s("."), s("here"), HARDTACK_READ_ONLY));
    FAILS(HARDTACK_ERROR_WASI, hardtack_wasi_config_dir(config, s("./no such place"), s("x"), HARDTACK_READ_ONLY));
    OK(hardtack_wasi_config_memory_dir(config, dir, s("."), HARDTACK_READ_WRITE));
    hardtack_wasi_config_deterministic(config, 42);
    hardtack_wasi_config_max_descriptors(config, 16);
    error = run(engine, linker, module, config);
    CHECK(hardtack_error_exit_status(error, &status) && status == 21);
    CHECK(strcmp(hardtack_error_message(error).data, "exited with code 21") == 0);
    hardtack_error_delete(error);
    CHECK(ended == 2);
    CHECK(out.len == 6 && memcmp(out.text, "hello\n", 6) == 0 && err.len == 6);
    uint8_t copy[64];
    OK(hardtack_memory_dir_read(dir, s("copy"), copy, sizeof copy, &len));
    CHECK(len == 13 && memcmp(copy, "from the host", 13) == 0);
    FAILS(HARDTACK_ERROR_WASI, hardtack_memory_dir_read(dir, s("absent"), NULL, 0, &len));

    /* With what the host has. */
    config = hardtack_wasi_config_new();
    hardtack_wasi_config_inherit_stdin(config);
    hardtack_wasi_config_inherit_stdout(config);
    hardtack_wasi_config_inherit_stderr(config);
    hardtack_wasi_config_inherit_env(config);
    fflush(stdout);
    error = run(engine, linker, module, config);
    CHECK(hardtack_error_kind(error) == HARDTACK_ERROR_EXIT);
    hardtack_error_delete(error);
    hardtack_wasi_config_delete(hardtack_wasi_config_new());

    /* A NUL in an argument is refused, and the config ended all the same. */
    hardtack_store_t *store = hardtack_store_new(engine, NULL, NULL);
    config = hardtack_wasi_config_new();
    OK(hardtack_wasi_config_arg(config, (hardtack_str_t){"a\0b", 3}));
    FAILS(HARDTACK_ERROR_WASI, hardtack_context_set_wasi(hardtack_store_context(store), config));
    hardtack_store_delete(store);

    hardtack_memory_dir_delete(dir);
    hardtack_linker_delete(linker);
    hardtack_engine_delete(engine);
    hardtack_module_delete(module);
    puts("all is well");
    return 0;
}
