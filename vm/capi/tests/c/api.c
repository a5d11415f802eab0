/* Every function of hardtack.h but WASI's: what it does, and what it says to wrong arguments. */
#include "check.h"

static hardtack_error_t *mix(void *env, hardtack_caller_t *caller, const hardtack_val_t *args, size_t nargs,
                             hardtack_val_t *results, size_t nresults) {
    hardtack_context_t *context = hardtack_caller_context(caller);
    hardtack_instance_t instance;
    CHECK(nargs == 6 && nresults == 2);
    CHECK(args[0].kind == HARDTACK_I32 && args[1].kind == HARDTACK_I64 && args[2].kind == HARDTACK_F32 &&
          args[3].kind == HARDTACK_F64 && args[4].kind == HARDTACK_FUNCREF && args[5].kind == HARDTACK_EXTERNREF);
    CHECK(results[0].kind == HARDTACK_I64 && results[0].of.i64 == 0);
    CHECK(results[1].kind == HARDTACK_EXTERNREF && results[1].of.externref.store == 0);
    CHECK(hardtack_context_data(context) == env);
    CHECK(hardtack_caller_instance(caller, &instance));
    results[0].of.i64 = args[0].of.i32 + args[1].of.i64 + (int64_t)args[2].of.f32 + (int64_t)args[3].of.f64;
    if (args[4].of.funcref.store != 0) {
        /* Guest to host to guest. */
        hardtack_val_t five;
        hardtack_error_t *error = hardtack_func_call(context, args[4].of.funcref, NULL, 0, &five, 1);
        if (error) return error;
        results[0].of.i64 += five.of.i32;
    }
    results[1] = args[5];
    return NULL;
}

static hardtack_error_t *fail(void *env, hardtack_caller_t *caller, const hardtack_val_t *args, size_t nargs,
                              hardtack_val_t *results, size_t nresults) {
    (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    switch (*(int *)env) {
    case 0: return hardtack_error_new(s("out of paper"), env, count_end);
    case 1: return hardtack_error_new_trap(HARDTACK_TRAP_INTEGER_OVERFLOW);
    default: return hardtack_func_call(NULL, args[0].of.funcref, NULL, 0, NULL, 0);
    }
}

static hardtack_error_t *wrong_result(void *env, hardtack_caller_t *caller, const hardtack_val_t *args, size_t nargs,
                                      hardtack_val_t *results, size_t nresults) {
    (void)env, (void)args, (void)nargs, (void)nresults;
    hardtack_instance_t instance;
    hardtack_extern_t item;
    CHECK(!hardtack_caller_instance(caller, &instance));
    CHECK(!hardtack_caller_export(caller, s("memory"), &item));
    results[0] = hardtack_val_f32(1);
    return NULL;
}

static hardtack_error_t *at_most_two_pages(void *env, size_t current, size_t desired, size_t maximum, bool *allowed) {
    (void)current;
    CHECK(maximum == 4 << 16 || maximum == SIZE_MAX);
    ++*(int *)env;
    *allowed = desired <= 2 << 16;
    return NULL;
}

static hardtack_error_t *no_tables(void *env, size_t current, size_t desired, size_t maximum, bool *allowed) {
    (void)env, (void)current, (void)desired, (void)maximum, (void)allowed;
    return hardtack_error_new(s("no more tables"), NULL, NULL);
}

static hardtack_func_t func(hardtack_context_t *context, hardtack_instance_t instance, const char *name) {
    hardtack_func_t func;
    OK(hardtack_instance_func(context, instance, s(name), &func));
    return func;
}

static void modules(const hardtack_module_t *module) {
    size_t len, count = hardtack_module_import_count(module);
    const uint8_t *bytes = hardtack_module_bytes(module, &len);
    uint8_t id[16], same[16];
    hardtack_str_t name;
    hardtack_import_t import;
    hardtack_export_t export;
    hardtack_memorytype_t memory;
    hardtack_tabletype_t table;
    hardtack_globaltype_t global;
    CHECK(bytes && len > 16);
    CHECK(count == 5 && hardtack_module_import(module, 0, &import) && !hardtack_module_import(module, 5, &import));
    CHECK(is(import.module, "host") && is(import.name, "mix") && hardtack_externtype_kind(import.ty) == HARDTACK_FUNC);
    const hardtack_functype_t *type = hardtack_externtype_func(import.ty);
    const hardtack_valtype_t *types = hardtack_functype_params(type, &len);
    CHECK(len == 6 && types[3] == HARDTACK_F64);
    types = hardtack_functype_results(type, &len);
    CHECK(len == 2 && types[0] == HARDTACK_I64 && types[1] == HARDTACK_EXTERNREF);
    CHECK(!hardtack_externtype_memory(import.ty, &memory));
    CHECK(hardtack_module_import(module, 2, &import) && hardtack_externtype_memory(import.ty, &memory));
    CHECK(memory.minimum == 1 && memory.has_maximum && memory.maximum == 4 && !hardtack_externtype_func(import.ty));
    CHECK(hardtack_module_import(module, 3, &import) && hardtack_externtype_table(import.ty, &table));
    CHECK(table.minimum == 2 && table.maximum == 8 && table.element == HARDTACK_FUNCREF);
    CHECK(hardtack_module_import(module, 4, &import) && hardtack_externtype_global(import.ty, &global));
    CHECK(global.content == HARDTACK_I64 && global.is_mutable);
    CHECK(hardtack_module_export_count(module) == 15 && hardtack_module_export(module, 0, &export));
    CHECK(is(export.name, "memory") && hardtack_externtype_kind(export.ty) == HARDTACK_MEMORY);
    hardtack_module_t *clone = hardtack_module_clone(module);
    hardtack_module_build_id(module, &id);
    hardtack_module_build_id(clone, &same);
    CHECK(memcmp(id, same, sizeof id) == 0);
    CHECK(!hardtack_module_func_name(module, 1000, &name));
    hardtack_module_delete(clone);
}

static void loading(unsigned char *bytes, size_t len) {
    hardtack_module_t *module = NULL;
    size_t offset = 0;
    /* In place: freed with the last module. */
    ended = 0;
    OK(hardtack_module_load_in_place(bytes, len, NULL, count_end, &module));
    hardtack_module_t *clone = hardtack_module_clone(module);
    size_t same;
    CHECK(hardtack_module_bytes(module, &same) == bytes && same == len);
    hardtack_module_delete(module);
    CHECK(ended == 0);
    hardtack_module_delete(clone);
    CHECK(ended == 1);
    /* Misaligned: copied, and freed at once. */
    unsigned char *askew = malloc(len + 1);
    memcpy(askew + 1, bytes, len);
    OK(hardtack_module_load_in_place(askew + 1, len, NULL, count_end, &module));
    CHECK(ended == 2);
    hardtack_module_delete(module);
    free(askew);
    /* Malformed. */
    FAILS(HARDTACK_ERROR_LOAD, hardtack_module_load_in_place(bytes, len - 4, NULL, count_end, &module));
    CHECK(ended == 3);
    unsigned char *damaged = malloc(len);
    memcpy(damaged, bytes, len);
    int with_offset = 0;
    for (size_t i = 0; i < 64; i++) {
        damaged[i] ^= 0x40;
        hardtack_error_t *error = hardtack_module_load(damaged, len, &module);
        CHECK(hardtack_error_kind(error) == HARDTACK_ERROR_LOAD);
        CHECK(hardtack_error_trap_code(error) == HARDTACK_TRAP_NONE && hardtack_error_frame_count(error) == 0);
        if (hardtack_error_offset(error, &offset)) with_offset++;
        hardtack_error_delete(error);
        damaged[i] ^= 0x40;
    }
    CHECK(with_offset > 0);
    free(damaged);
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_module_load(NULL, 4, &module));
    FAILS(HARDTACK_ERROR_LOAD, hardtack_module_load(NULL, 0, &module));
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_module_load(bytes, len, NULL));
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_module_load_in_place(NULL, 4, NULL, count_end, &module));
    CHECK(ended == 4);
}

static void entities(hardtack_context_t *context) {
    uint64_t previous;
    uint8_t byte = 7, four[4] = {1, 2, 3, 4};
    hardtack_val_t value;
    hardtack_memory_t memory;
    hardtack_memorytype_t memory_type = {1, 2, true}, bad_type = {2, 1, true};
    OK(hardtack_memory_new(context, &memory_type, &memory));
    FAILS(HARDTACK_ERROR_TYPE, hardtack_memory_new(context, &bad_type, &memory));
    CHECK(hardtack_memory_pages(context, memory) == 1 && hardtack_memory_size(context, memory) == 65536);
    OK(hardtack_memory_write(context, memory, 65532, four, 4));
    CHECK(hardtack_memory_data(context, memory)[65535] == 4);
    OK(hardtack_memory_read(context, memory, 65534, &byte, 1));
    CHECK(byte == 3);
    FAILS(HARDTACK_ERROR_OUT_OF_BOUNDS, hardtack_memory_write(context, memory, 65533, four, 4));
    FAILS(HARDTACK_ERROR_OUT_OF_BOUNDS, hardtack_memory_read(context, memory, SIZE_MAX, &byte, 1));
    OK(hardtack_memory_grow(context, memory, 1, &previous));
    CHECK(previous == 1);
    FAILS(HARDTACK_ERROR_LIMIT, hardtack_memory_grow(context, memory, 1, NULL));
    OK(hardtack_memory_type(context, memory, &memory_type));
    CHECK(memory_type.minimum == 2 && memory_type.maximum == 2);

    hardtack_global_t global;
    hardtack_globaltype_t global_type = {HARDTACK_F64, true}, constant = {HARDTACK_I32, false};
    value = hardtack_val_f64(1.5);
    OK(hardtack_global_new(context, &global_type, &value, &global));
    value = hardtack_val_f64(2.5);
    OK(hardtack_global_set(context, global, &value));
    OK(hardtack_global_get(context, global, &value));
    CHECK(value.kind == HARDTACK_F64 && value.of.f64 == 2.5);
    value = hardtack_val_i64(1);
    FAILS(HARDTACK_ERROR_TYPE, hardtack_global_set(context, global, &value));
    OK(hardtack_global_type(context, global, &global_type));
    CHECK(global_type.content == HARDTACK_F64 && global_type.is_mutable);
    value = hardtack_val_i32(3);
    OK(hardtack_global_new(context, &constant, &value, &global));
    FAILS(HARDTACK_ERROR_IMMUTABLE, hardtack_global_set(context, global, &value));
    value.kind = 99;
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_global_set(context, global, &value));

    hardtack_table_t table;
    hardtack_tabletype_t table_type = {HARDTACK_EXTERNREF, 2, 0, false};
    hardtack_externref_t thing;
    int data = 0;
    void *found;
    ended = 0;
    OK(hardtack_externref_new(context, &data, count_end, &thing));
    CHECK(hardtack_externref_data(context, thing, &found) && found == &data);
    hardtack_val_t null = hardtack_val_zero(HARDTACK_EXTERNREF), reference = hardtack_val_externref(thing);
    OK(hardtack_table_new(context, &table_type, &null, &table));
    CHECK(hardtack_table_size(context, table) == 2);
    OK(hardtack_table_set(context, table, 1, &reference));
    OK(hardtack_table_get(context, table, 1, &value));
    CHECK(memcmp(&value.of.externref, &thing, sizeof thing) == 0);
    FAILS(HARDTACK_ERROR_OUT_OF_BOUNDS, hardtack_table_get(context, table, 2, &value));
    FAILS(HARDTACK_ERROR_OUT_OF_BOUNDS, hardtack_table_fill(context, table, 1, &null, 2));
    OK(hardtack_table_grow(context, table, 3, &reference, &previous));
    CHECK(previous == 2);
    OK(hardtack_table_type(context, table, &table_type));
    CHECK(table_type.minimum == 5 && table_type.element == HARDTACK_EXTERNREF);
    value = hardtack_val_zero(HARDTACK_FUNCREF);
    FAILS(HARDTACK_ERROR_TYPE, hardtack_table_set(context, table, 0, &value));
    CHECK(hardtack_externref_release(context, thing) && ended == 1);
    CHECK(!hardtack_externref_release(context, thing) && !hardtack_externref_data(context, thing, &found));
    /* A reference that nobody made. */
    thing.generation = 5;
    reference = hardtack_val_externref(thing);
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_table_set(context, table, 0, &reference));
}

static void other_stores(hardtack_engine_t *engine, hardtack_context_t *context, hardtack_linker_t *linker,
                         const hardtack_module_t *module, hardtack_instance_t instance) {
    hardtack_store_t *store = hardtack_store_new(engine, NULL, NULL);
    hardtack_context_t *other = hardtack_store_context(store);
    hardtack_func_t five = func(context, instance, "five"), found;
    hardtack_extern_t item;
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_func_call(other, five, NULL, 0, NULL, 0));
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_instance_func(other, instance, s("five"), &found));
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_linker_instantiate(linker, other, module, &instance));
    item = hardtack_extern_func(five);
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_linker_define(linker, other, s("x"), s("y"), &item));
    CHECK(!hardtack_linker_get(linker, other, s("host"), s("memory"), &item));
    CHECK(!hardtack_func_type(other, five) && !hardtack_instance_module(other, instance));
    CHECK(!hardtack_instance_export(other, instance, s("five"), &item));
    five.number = 1000000;
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_func_call(context, five, NULL, 0, NULL, 0));
    hardtack_store_delete(store);
}

int main(int argc, char **argv) {
    CHECK(argc == 2 && strcmp(hardtack_version(), HARDTACK_VERSION) == 0);
    size_t len;
    unsigned char *bytes = read_file(argv[1], &len);
    loading(bytes, len);
    hardtack_module_t *module;
    OK(hardtack_module_load(bytes, len, &module));
    free(bytes);
    modules(module);

    hardtack_config_t *config = hardtack_config_new();
    hardtack_config_max_stack_slots(config, 1 << 14);
    hardtack_config_max_reference_slots(config, 1 << 10);
    hardtack_config_max_call_nesting(config, 10);
    hardtack_config_max_crossings(config, 100);
    hardtack_engine_t *engine = hardtack_engine_new(config);
    hardtack_config_delete(config);

    int stores = 0, failure = 0, asked = 0;
    ended = 0;
    hardtack_store_t *store = hardtack_store_new(engine, &stores, count_end);
    hardtack_context_t *context = hardtack_store_context(store);
    CHECK(hardtack_context_data(context) == &stores);
    entities(context);

    /* Host functions, and things that the linker passes on. */
    hardtack_linker_t *linker = hardtack_linker_new(engine);
    hardtack_valtype_t params[] = {HARDTACK_I32, HARDTACK_I64, HARDTACK_F32, HARDTACK_F64, HARDTACK_FUNCREF, HARDTACK_EXTERNREF};
    hardtack_valtype_t results[] = {HARDTACK_I64, HARDTACK_EXTERNREF}, bad[] = {77};
    hardtack_functype_t *type, *none, *to_i32;
    OK(hardtack_functype_new(params, 6, results, 2, &type));
    OK(hardtack_functype_new(NULL, 0, NULL, 0, &none));
    OK(hardtack_functype_new(NULL, 0, params, 1, &to_i32));
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_functype_new(bad, 1, NULL, 0, &type));
    ended = 0;
    OK(hardtack_linker_func(linker, s("host"), s("mix"), type, mix, &stores, count_end));
    FAILS(HARDTACK_ERROR_LINK, hardtack_linker_func(linker, s("host"), s("mix"), type, mix, &stores, count_end));
    CHECK(ended == 1);
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_linker_func(linker, s("host"), s("x"), type, NULL, NULL, count_end));
    FAILS(HARDTACK_ERROR_ARGUMENT,
          hardtack_linker_func(linker, (hardtack_str_t){"\xff", 1}, s("x"), type, mix, NULL, count_end));
    CHECK(ended == 3);
    OK(hardtack_linker_func(linker, s("host"), s("fail"), none, fail, &failure, NULL));

    hardtack_instance_t instance;
    hardtack_error_t *error = hardtack_linker_instantiate(linker, context, module, &instance);
    CHECK(hardtack_error_kind(error) == HARDTACK_ERROR_LINK && strstr(hardtack_error_message(error).data, "`memory`"));
    hardtack_error_delete(error);

    hardtack_memory_t memory;
    hardtack_memorytype_t memory_type = {1, 4, true};
    OK(hardtack_memory_new(context, &memory_type, &memory));
    hardtack_extern_t item = hardtack_extern_memory(memory), imports[5];
    OK(hardtack_linker_define(linker, context, s("host"), s("memory"), &item));
    hardtack_externtype_t *item_type = hardtack_extern_type(context, &item);
    CHECK(hardtack_externtype_kind(item_type) == HARDTACK_MEMORY);
    hardtack_externtype_delete(item_type);
    hardtack_table_t table;
    hardtack_tabletype_t table_type = {HARDTACK_FUNCREF, 2, 8, true};
    hardtack_val_t value = hardtack_val_zero(HARDTACK_FUNCREF), result[2];
    OK(hardtack_table_new(context, &table_type, &value, &table));
    item = hardtack_extern_table(table);
    OK(hardtack_linker_define(linker, context, s("host"), s("table"), &item));
    hardtack_global_t counter;
    hardtack_globaltype_t counter_type = {HARDTACK_I64, true};
    value = hardtack_val_i64(40);
    OK(hardtack_global_new(context, &counter_type, &value, &counter));
    item = hardtack_extern_global(counter);
    OK(hardtack_linker_define(linker, context, s("host"), s("counter"), &item));
    OK(hardtack_linker_instantiate(linker, context, module, &instance));

    /* Calls. */
    hardtack_externref_t thing;
    OK(hardtack_externref_new(context, &stores, NULL, &thing));
    hardtack_func_t five = func(context, instance, "five"), mixed = func(context, instance, "mix");
    hardtack_val_t args[10] = {hardtack_val_i32(1),      hardtack_val_i64(20), hardtack_val_f32(300),
                               hardtack_val_f64(4000.5), hardtack_val_func(five), hardtack_val_externref(thing)};
    OK(hardtack_func_call(context, mixed, args, 6, result, 2));
    CHECK(result[0].of.i64 == 4326 && memcmp(&result[1].of.externref, &thing, sizeof thing) == 0);
    OK(hardtack_global_get(context, counter, &value));
    CHECK(value.of.i64 == 41);
    FAILS(HARDTACK_ERROR_TYPE, hardtack_func_call(context, mixed, args, 5, result, 2));
    FAILS(HARDTACK_ERROR_TYPE, hardtack_func_call(context, mixed, args, 6, result, 1));
    args[0] = hardtack_val_i64(1);
    FAILS(HARDTACK_ERROR_TYPE, hardtack_func_call(context, mixed, args, 6, result, 2));
    for (int i = 0; i < 10; i++) args[i] = hardtack_val_i32(100 + i * i);
    OK(hardtack_func_call(context, func(context, instance, "many"), args, 10, result, 1));
    CHECK(result[0].of.i32 == -81);
    value = hardtack_val_i32(1);
    OK(hardtack_func_call(context, func(context, instance, "call"), &value, 1, result, 1));
    CHECK(result[0].of.i32 == 5);
    value = hardtack_val_externref(thing);
    OK(hardtack_func_call(context, func(context, instance, "keep"), &value, 1, NULL, 0));
    hardtack_table_t things;
    OK(hardtack_instance_table(context, instance, s("things"), &things));
    OK(hardtack_table_get(context, things, 0, &value));
    CHECK(memcmp(&value.of.externref, &thing, sizeof thing) == 0);
    hardtack_functype_t *mixed_type = hardtack_func_type(context, mixed);
    hardtack_functype_params(mixed_type, &len);
    CHECK(len == 6);
    hardtack_functype_delete(mixed_type);

    /* Exports. */
    hardtack_memory_t exported;
    hardtack_global_t ten;
    OK(hardtack_instance_memory(context, instance, s("memory"), &exported));
    CHECK(memcmp(&exported, &memory, sizeof memory) == 0);
    OK(hardtack_instance_global(context, instance, s("ten"), &ten));
    OK(hardtack_global_get(context, ten, &value));
    CHECK(value.of.i32 == 10);
    error = hardtack_instance_global(context, instance, s("memory"), &ten);
    CHECK(hardtack_error_kind(error) == HARDTACK_ERROR_NO_EXPORT);
    hardtack_error_delete(error);
    CHECK(hardtack_instance_export(context, instance, s("five"), &item) && item.kind == HARDTACK_FUNC);
    CHECK(!hardtack_instance_export(context, instance, s("six"), &item));
    CHECK(hardtack_instance_export_at(context, instance, 1, &item) && item.kind == HARDTACK_TABLE);
    CHECK(!hardtack_instance_export_at(context, instance, 15, &item));
    hardtack_module_t *same = hardtack_instance_module(context, instance);
    CHECK(hardtack_module_export_count(same) == 15);
    hardtack_module_delete(same);

    /* Traps, with where they happened. */
    error = hardtack_func_call(context, func(context, instance, "trap"), NULL, 0, NULL, 0);
    CHECK(hardtack_error_kind(error) == HARDTACK_ERROR_TRAP);
    CHECK(hardtack_error_trap_code(error) == HARDTACK_TRAP_UNREACHABLE && is(hardtack_error_message(error), "unreachable"));
    CHECK(hardtack_error_frame_count(error) >= 1 && !hardtack_error_frames_truncated(error));
    hardtack_frame_t frame;
    uint8_t id[16];
    uint32_t status;
    hardtack_module_build_id(module, &id);
    CHECK(hardtack_error_frame(error, 0, &frame) && frame.function >= 2 && memcmp(frame.build_id, id, 16) == 0);
    CHECK(!hardtack_error_frame(error, 64, &frame) && !hardtack_error_exit_status(error, &status));
    CHECK(strncmp(hardtack_error_backtrace(error).data, "unreachable\n", 12) == 0);
    CHECK(strstr(hardtack_error_backtrace(error).data, "\n   0: "));
    CHECK(!hardtack_error_data(error));
    hardtack_error_delete(error);

    /* Failures of host functions come out as they went in. */
    hardtack_func_t failing = func(context, instance, "fail");
    ended = 0;
    error = hardtack_func_call(context, failing, NULL, 0, NULL, 0);
    CHECK(hardtack_error_kind(error) == HARDTACK_ERROR_HOST && hardtack_error_data(error) == &failure);
    CHECK(is(hardtack_error_message(error), "out of paper") && ended == 0);
    hardtack_error_delete(error);
    CHECK(ended == 1);
    failure = 1;
    error = hardtack_func_call(context, failing, NULL, 0, NULL, 0);
    CHECK(hardtack_error_trap_code(error) == HARDTACK_TRAP_INTEGER_OVERFLOW && !hardtack_error_new_trap(200));
    hardtack_error_delete(error);
    failure = 2;
    FAILS(HARDTACK_ERROR_ARGUMENT, hardtack_func_call(context, failing, NULL, 0, NULL, 0));
    hardtack_func_t wrong;
    OK(hardtack_func_new(context, to_i32, wrong_result, NULL, count_end, &wrong));
    FAILS(HARDTACK_ERROR_TYPE, hardtack_func_call(context, wrong, NULL, 0, result, 1));

    /* A call that goes on when there is fuel again. */
    hardtack_suspended_call_t *call;
    hardtack_context_set_fuel(context, 0);
    int pieces = 1;
    value = hardtack_val_i32(1000);
    OK(hardtack_func_call_resumable(context, func(context, instance, "count"), &value, 1, result, 1, &call));
    while (call) {
        CHECK(hardtack_suspended_call_fuel_needed(call) > 0);
        hardtack_context_add_fuel(context, 100);
        OK(hardtack_suspended_call_resume(context, call, result, 1, &call));
        pieces++;
    }
    CHECK(pieces > 10 && result[0].of.i32 == 1000);
    hardtack_context_set_fuel(context, 0);
    OK(hardtack_func_call_resumable(context, func(context, instance, "count"), &value, 1, result, 1, &call));
    FAILS(HARDTACK_ERROR_TYPE, hardtack_suspended_call_resume(context, call, NULL, 0, &call));
    OK(hardtack_func_call_resumable(context, func(context, instance, "count"), &value, 1, result, 1, &call));
    hardtack_suspended_call_delete(call);

    /* Fuel, and stopping from outside. */
    hardtack_context_set_fuel(context, 1000);
    hardtack_context_add_fuel(context, 500);
    CHECK(hardtack_context_fuel(context) == 1500);
    error = hardtack_func_call(context, func(context, instance, "spin"), NULL, 0, NULL, 0);
    CHECK(hardtack_error_trap_code(error) == HARDTACK_TRAP_OUT_OF_FUEL);
    hardtack_error_delete(error);
    hardtack_context_set_fuel(context, UINT64_MAX);
    hardtack_interrupt_handle_t *handle = hardtack_store_interrupt_handle(store);
    hardtack_interrupt(handle);
    error = hardtack_func_call(context, func(context, instance, "spin"), NULL, 0, NULL, 0);
    CHECK(hardtack_error_trap_code(error) == HARDTACK_TRAP_INTERRUPTED);
    hardtack_error_delete(error);
    OK(hardtack_func_call(context, five, NULL, 0, result, 1));

    /* Limits: fixed, and decided by callbacks. */
    hardtack_limits_t *limits = hardtack_limits_new();
    hardtack_limits_memory_size(limits, 3 << 16);
    hardtack_limits_total_memory_size(limits, 100 << 16);
    hardtack_limits_table_elements(limits, 100);
    hardtack_limits_total_table_elements(limits, 200);
    hardtack_limits_instances(limits, 1);
    hardtack_limits_memories(limits, 100);
    hardtack_limits_tables(limits, 100);
    hardtack_limits_references(limits, 2);
    hardtack_limits_trap_on_grow_failure(limits, false);
    OK(hardtack_store_set_limits(store, limits));
    hardtack_func_t grow = func(context, instance, "grow");
    value = hardtack_val_i32(3);
    OK(hardtack_func_call(context, grow, &value, 1, result, 1));
    CHECK(result[0].of.i32 == -1);
    FAILS(HARDTACK_ERROR_LIMIT, hardtack_linker_instantiate(linker, context, module, &instance));
    hardtack_externref_t one, more;
    OK(hardtack_externref_new(context, NULL, NULL, &one));
    FAILS(HARDTACK_ERROR_LIMIT, hardtack_externref_new(context, NULL, NULL, &more));
    hardtack_limits_instances(limits, 10);
    ended = 0;
    OK(hardtack_store_set_limiter(store, limits, at_most_two_pages, no_tables, &asked, count_end));
    value = hardtack_val_i32(2);
    OK(hardtack_func_call(context, grow, &value, 1, result, 1));
    CHECK(result[0].of.i32 == -1 && asked == 1);
    value = hardtack_val_i32(1);
    OK(hardtack_func_call(context, grow, &value, 1, result, 1));
    CHECK(result[0].of.i32 == 1 && asked == 2);
    value = hardtack_val_zero(HARDTACK_FUNCREF);
    FAILS(HARDTACK_ERROR_HOST, hardtack_table_grow(context, table, 1, &value, NULL));
    OK(hardtack_store_set_limits(store, limits));
    CHECK(ended == 1);
    hardtack_limits_delete(limits);

    /* More of linkers. */
    hardtack_linker_t *clone = hardtack_linker_clone(linker);
    OK(hardtack_linker_instance(clone, context, s("first"), instance));
    OK(hardtack_linker_alias(clone, s("first"), s("five"), s("first"), s("cinq")));
    OK(hardtack_linker_alias_module(clone, s("first"), s("premier")));
    CHECK(hardtack_linker_get(clone, context, s("premier"), s("cinq"), &item) && item.kind == HARDTACK_FUNC);
    CHECK(!hardtack_linker_get(clone, context, s("premier"), s("six"), &item));
    FAILS(HARDTACK_ERROR_LINK, hardtack_linker_alias(clone, s("first"), s("six"), s("first"), s("sept")));
    hardtack_linker_allow_shadowing(clone, true);
    OK(hardtack_linker_alias(clone, s("first"), s("ten"), s("first"), s("cinq")));
    hardtack_linker_delete(clone);
    clone = hardtack_linker_new(engine);
    OK(hardtack_linker_define_unknown_imports_as_traps(clone, module));
    CHECK(hardtack_linker_get(clone, context, s("host"), s("fail"), &item));
    error = hardtack_func_call(context, item.of.func, NULL, 0, NULL, 0);
    CHECK(hardtack_error_trap_code(error) == HARDTACK_TRAP_UNKNOWN_IMPORT);
    hardtack_error_delete(error);
    OK(hardtack_linker_define_unknown_imports_as_zero(clone, context, module));
    hardtack_instance_t second;
    OK(hardtack_linker_instantiate(clone, context, module, &second));
    hardtack_linker_delete(clone);
    const char *names[] = {"mix", "fail", "memory", "table", "counter"};
    for (int i = 0; i < 5; i++) CHECK(hardtack_linker_get(linker, context, s("host"), s(names[i]), &imports[i]));
    OK(hardtack_instance_new(context, module, imports, 5, &second));
    FAILS(HARDTACK_ERROR_LINK, hardtack_instance_new(context, module, imports, 4, &second));

    other_stores(engine, context, linker, module, instance);

    /* Everything ends once. */
    hardtack_functype_delete(type);
    hardtack_functype_delete(none);
    hardtack_functype_delete(to_i32);
    hardtack_module_delete(module);
    hardtack_linker_delete(linker);
    ended = 0;
    hardtack_store_delete(store);
    /* The store's data, `wrong`, and `mix`, which the linker shared with the store. */
    CHECK(ended == 3);
    hardtack_interrupt(handle);
    hardtack_interrupt_handle_delete(handle);
    hardtack_engine_delete(engine);
    hardtack_error_delete(NULL);
    hardtack_store_delete(NULL);
    hardtack_module_delete(NULL);
    CHECK(!hardtack_store_context(NULL) && hardtack_error_kind(NULL) == HARDTACK_ERROR_NONE);
    puts("all is well");
    return 0;
}
