/* Runs a plugin that nobody trusts: it reaches one host function, has limits, and can be stopped.
 *
 *     hardtack compile vm/capi/examples/plugin.wat -o plugin.tack
 *     cc plugin.c $(pkg-config --cflags --libs hardtack) -o plugin && ./plugin plugin.tack
 */
#include <hardtack.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*len ? *len : 1);
    if (!bytes || fread(bytes, 1, *len, file) != *len) {
        perror(path);
        exit(1);
    }
    fclose(file);
    return bytes;
}

/* Prints an error, which it ends, and says whether there was one. */
static bool failed(const char *what, hardtack_error_t *error) {
    if (!error) return false;
    printf("%s: %s\n", what, hardtack_error_message(error).data);
    hardtack_error_delete(error);
    return true;
}

static void require(const char *what, hardtack_error_t *error) {
    if (failed(what, error)) exit(1);
}

/* host.log: the guest's address and length aren't trusted; hardtack_memory_read checks them. */
static hardtack_error_t *log_text(void *env, hardtack_caller_t *caller, const hardtack_val_t *args, size_t nargs,
                                  hardtack_val_t *results, size_t nresults) {
    (void)nargs, (void)results, (void)nresults;
    char text[64];
    size_t len = (uint32_t)args[1].of.i32;
    if (len > sizeof text) return hardtack_error_new(hardtack_str("the plugin talks too much"), NULL, NULL);
    hardtack_extern_t memory;
    if (!hardtack_caller_export(caller, hardtack_str("memory"), &memory) || memory.kind != HARDTACK_MEMORY)
        return hardtack_error_new(hardtack_str("the plugin has no memory"), NULL, NULL);
    hardtack_error_t *error = hardtack_memory_read(hardtack_caller_context(caller), memory.of.memory,
                                                   (uint32_t)args[0].of.i32, (uint8_t *)text, len);
    if (error) return error;
    printf("logged: %.*s\n", (int)len, text);
    ++*(int *)env;
    return NULL;
}

/* Calls an export that takes no arguments. */
static hardtack_error_t *call(hardtack_context_t *context, hardtack_instance_t instance, const char *name,
                              hardtack_val_t *result, size_t nresults) {
    hardtack_func_t func;
    hardtack_error_t *error = hardtack_instance_func(context, instance, hardtack_str(name), &func);
    return error ? error : hardtack_func_call(context, func, NULL, 0, result, nresults);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: plugin FILE.tack\n");
        return 2;
    }
    size_t len;
    unsigned char *bytes = read_file(argv[1], &len);
    hardtack_module_t *module;
    /* Whatever the bytes are: the result is a module or an error. This one frees the bytes when it is done with them. */
    require("load", hardtack_module_load_in_place(bytes, len, bytes, free, &module));

    hardtack_engine_t *engine = hardtack_engine_new(NULL);
    hardtack_linker_t *linker = hardtack_linker_new(engine);
    hardtack_valtype_t two_i32[] = {HARDTACK_I32, HARDTACK_I32};
    hardtack_functype_t *type;
    require("type", hardtack_functype_new(two_i32, 2, NULL, 0, &type));
    int logged = 0;
    require("define", hardtack_linker_func(linker, hardtack_str("host"), hardtack_str("log"), type, log_text, &logged, NULL));
    hardtack_functype_delete(type);

    hardtack_store_t *store = hardtack_store_new(engine, NULL, NULL);
    hardtack_limits_t *limits = hardtack_limits_new();
    hardtack_limits_memory_size(limits, 16 << 16);
    hardtack_limits_instances(limits, 1);
    require("limits", hardtack_store_set_limits(store, limits));
    hardtack_limits_delete(limits);
    hardtack_context_t *context = hardtack_store_context(store);
    hardtack_context_set_fuel(context, 1000000);

    hardtack_instance_t instance;
    require("instantiate", hardtack_linker_instantiate(linker, context, module, &instance));

    require("greet", call(context, instance, "greet", NULL, 0));
    printf("it has spoken %d time\n", logged);

    hardtack_func_t sum;
    require("sum", hardtack_instance_func(context, instance, hardtack_str("sum"), &sum));
    hardtack_val_t hundred = hardtack_val_i32(100), result;
    require("sum", hardtack_func_call(context, sum, &hundred, 1, &result, 1));
    printf("sum(100) = %lld\n", (long long)result.of.i64);

    require("hoard", call(context, instance, "hoard", &result, 1));
    printf("it asked for all memory and got %d pages\n", (int)result.of.i32);

    /* Each of these stops the call, not the host, and the plugin could be called again. */
    failed("lie", call(context, instance, "lie", NULL, 0));
    failed("spin", call(context, instance, "spin", NULL, 0));
    hardtack_error_t *error = call(context, instance, "sing", NULL, 0);
    printf("kind %d: ", (int)hardtack_error_kind(error));
    failed("sing", error);

    hardtack_store_delete(store);
    hardtack_linker_delete(linker);
    hardtack_engine_delete(engine);
    hardtack_module_delete(module);
    return 0;
}
