/* Hardtack: runs .tack files, which `hardtack compile` bakes from WebAssembly, in place and without generating code.
 *
 * Made by cbindgen from vm/capi/src; changes go there.
 *
 * OBJECTS are opaque, made by a function whose name ends in `_new`, `_clone` or `_load…` (or that says "the caller owns"), and
 * ended by the `_delete` function of their type, which accepts NULL. They can be deleted in any order: what is needed by
 * something else lives on, except that everything in a store ends with the store.
 *
 * HANDLES (hardtack_func_t, hardtack_memory_t, hardtack_table_t, hardtack_global_t, hardtack_instance_t, hardtack_externref_t)
 * are plain numbers, copied freely, that mean something together with their store, for as long as the store lives. A handle of
 * another store is refused.
 *
 * ERRORS: a function that can fail returns a `hardtack_error_t *`, NULL for success, which the caller owns. What it would have
 * written through its out-parameters is then not written. Out-parameters may not be NULL, unless it is said.
 *
 * STRINGS are hardtack_str_t, bytes in UTF-8 with a length; `hardtack_str("text")` makes one of a C string. Strings given to a
 * function are copied if they are needed longer than the call. Strings that come out are borrowed: each function says from what.
 *
 * CONTEXT: a hardtack_context_t gives access to a store, from hardtack_store_context or, during a host function,
 * from hardtack_caller_context. While a host function runs, its store is to be used through the caller's context only.
 *
 * THREADS: engines, modules, linkers, function types and interrupt handles may be used by several threads at once, as far as
 * they aren't changed meanwhile. A store, and everything reached through it, is used by one thread at a time.
 *
 * CALLBACKS and finalizers must not throw C++ exceptions nor longjmp through the library. A finalizer (NULL if there is nothing
 * to do) is called exactly once with the pointer given beside it, when the library needs that no longer, on the thread that
 * causes this; also if the function that it was given to fails. It must not call into the store that is being deleted.
 *
 * A fault inside the library never unwinds into C: it comes back as an error of kind HARDTACK_ERROR_PANIC, or as zero.
 */

#ifndef HARDTACK_H
#define HARDTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HARDTACK_VERSION "0.1.0"


/**
 * 32-bit integers.
 */
#define HARDTACK_I32 0

/**
 * 64-bit integers.
 */
#define HARDTACK_I64 1

/**
 * 32-bit floats.
 */
#define HARDTACK_F32 2

/**
 * 64-bit floats.
 */
#define HARDTACK_F64 3

/**
 * References to functions, or null.
 */
#define HARDTACK_FUNCREF 4

/**
 * References to values of the host's, or null.
 */
#define HARDTACK_EXTERNREF 5

/**
 * A function.
 */
#define HARDTACK_FUNC 0

/**
 * A table.
 */
#define HARDTACK_TABLE 1

/**
 * A memory.
 */
#define HARDTACK_MEMORY 2

/**
 * A global.
 */
#define HARDTACK_GLOBAL 3

#if defined(HARDTACK_WASI)
/**
 * Look around and read files.
 */
#define HARDTACK_READ_ONLY 0
#endif

#if defined(HARDTACK_WASI)
/**
 * Everything.
 */
#define HARDTACK_READ_WRITE 1
#endif

/**
 * What kind of error it is.
 */
typedef enum {
    /**
     * No error: what is asked about is NULL.
     */
    HARDTACK_ERROR_NONE = 0,
    /**
     * The guest was stopped for a fault of its own, by a limit, or on the host's request: see hardtack_error_trap_code.
     */
    HARDTACK_ERROR_TRAP = 1,
    /**
     * A host function failed: see hardtack_error_data.
     */
    HARDTACK_ERROR_HOST = 2,
    /**
     * The guest ended itself through WASI: see hardtack_error_exit_status.
     */
    HARDTACK_ERROR_EXIT = 3,
    /**
     * A module can't be loaded: see hardtack_error_offset.
     */
    HARDTACK_ERROR_LOAD = 4,
    /**
     * A module's imports don't fit what is there, or a linker's names clash.
     */
    HARDTACK_ERROR_LINK = 5,
    /**
     * There is no such export, or it is of another kind.
     */
    HARDTACK_ERROR_NO_EXPORT = 6,
    /**
     * A value, count of values, or type isn't what is needed.
     */
    HARDTACK_ERROR_TYPE = 7,
    /**
     * A global that can't change was to be changed.
     */
    HARDTACK_ERROR_IMMUTABLE = 8,
    /**
     * An access from the host past the end of a memory or table.
     */
    HARDTACK_ERROR_OUT_OF_BOUNDS = 9,
    /**
     * A limit of the store's, or of a memory's or table's type, forbids it.
     */
    HARDTACK_ERROR_LIMIT = 10,
    /**
     * The host has no memory left.
     */
    HARDTACK_ERROR_OUT_OF_MEMORY = 11,
    /**
     * An argument breaks the contract: NULL, not UTF-8, of another store.
     */
    HARDTACK_ERROR_ARGUMENT = 12,
    /**
     * What WASI was to be given can't be had.
     */
    HARDTACK_ERROR_WASI = 13,
    /**
     * A fault inside the library.
     */
    HARDTACK_ERROR_PANIC = 14,
    /**
     * None of these.
     */
    HARDTACK_ERROR_OTHER = 15,
} hardtack_error_kind_t;

/**
 * Why a guest was stopped. The numbers are part of the file format and never reused.
 */
typedef enum {
    /**
     * It isn't a trap.
     */
    HARDTACK_TRAP_NONE = 0,
    /**
     * The `unreachable` instruction was executed.
     */
    HARDTACK_TRAP_UNREACHABLE = 1,
    /**
     * A memory access reached past the end of its memory.
     */
    HARDTACK_TRAP_MEMORY_OUT_OF_BOUNDS = 2,
    /**
     * A table access reached past the end of its table.
     */
    HARDTACK_TRAP_TABLE_OUT_OF_BOUNDS = 3,
    /**
     * An integer was divided by zero.
     */
    HARDTACK_TRAP_INTEGER_DIVIDE_BY_ZERO = 4,
    /**
     * A signed division or a float conversion left the range of its result.
     */
    HARDTACK_TRAP_INTEGER_OVERFLOW = 5,
    /**
     * A NaN was converted to an integer.
     */
    HARDTACK_TRAP_INVALID_CONVERSION_TO_INTEGER = 6,
    /**
     * `call_indirect` reached a function of another type.
     */
    HARDTACK_TRAP_INDIRECT_CALL_TYPE_MISMATCH = 7,
    /**
     * `call_indirect` reached an element that is null.
     */
    HARDTACK_TRAP_UNINITIALIZED_ELEMENT = 8,
    /**
     * `call_indirect` named an element past the end of its table.
     */
    HARDTACK_TRAP_UNDEFINED_ELEMENT = 9,
    /**
     * A stack, or the nesting of calls through the host, reached its limit.
     */
    HARDTACK_TRAP_STACK_OVERFLOW = 10,
    /**
     * The fuel is used up.
     */
    HARDTACK_TRAP_OUT_OF_FUEL = 11,
    /**
     * The host asked the guest to stop.
     */
    HARDTACK_TRAP_INTERRUPTED = 12,
    /**
     * A reference was of another sort or type than its consumer needs, or stale.
     */
    HARDTACK_TRAP_INVALID_REFERENCE = 13,
    /**
     * An imported function was called that the host only pretended to have.
     */
    HARDTACK_TRAP_UNKNOWN_IMPORT = 14,
    /**
     * One that this header has no name for.
     */
    HARDTACK_TRAP_OTHER = 255,
} hardtack_trap_code_t;

/**
 * Who calls a host function. Borrowed by the callback until it returns.
 */
typedef struct hardtack_caller_t hardtack_caller_t;

/**
 * Limits of execution. Ended by hardtack_config_delete.
 */
typedef struct hardtack_config_t hardtack_config_t;

/**
 * Access to a store. Belongs to the store, and lives as long; that of a caller, as long as the host function runs.
 */
typedef struct hardtack_context_t hardtack_context_t;

/**
 * What the stores of a program share. Ended by hardtack_engine_delete.
 */
typedef struct hardtack_engine_t hardtack_engine_t;

/**
 * An error. Ended by hardtack_error_delete, or by handing it to the library as the result of a callback.
 */
typedef struct hardtack_error_t hardtack_error_t;

/**
 * The type of something that is imported or exported. Ended by hardtack_externtype_delete, unless it is borrowed.
 */
typedef struct hardtack_externtype_t hardtack_externtype_t;

/**
 * A function's type. Ended by hardtack_functype_delete, unless it is borrowed.
 */
typedef struct hardtack_functype_t hardtack_functype_t;

/**
 * Stops the guest of a store from outside. Ended by hardtack_interrupt_handle_delete.
 */
typedef struct hardtack_interrupt_handle_t hardtack_interrupt_handle_t;

/**
 * Fixed limits. Ended by hardtack_limits_delete.
 */
typedef struct hardtack_limits_t hardtack_limits_t;

/**
 * Definitions by the two parts of their names, from which modules' imports are taken. Host functions belong to no store until a
 * module is instantiated, so one linker can serve many stores. Ended by hardtack_linker_delete.
 */
typedef struct hardtack_linker_t hardtack_linker_t;

#if defined(HARDTACK_WASI)
/**
 * A directory that lives in memory. Ended by hardtack_memory_dir_delete; a guest that was given it goes on with it.
 */
typedef struct hardtack_memory_dir_t hardtack_memory_dir_t;
#endif

/**
 * A verified module. Ended by hardtack_module_delete.
 */
typedef struct hardtack_module_t hardtack_module_t;

/**
 * Instances, what they own and share, and data of the host's. Ended by hardtack_store_delete.
 */
typedef struct hardtack_store_t hardtack_store_t;

/**
 * A call that has stopped for lack of fuel and can go on. Ended by hardtack_suspended_call_resume, or by
 * hardtack_suspended_call_delete, which abandons it; at the latest before its store.
 */
typedef struct hardtack_suspended_call_t hardtack_suspended_call_t;

#if defined(HARDTACK_WASI)
/**
 * What a guest may reach through WASI: to begin with clocks and random bytes, nothing else. Ended by
 * hardtack_wasi_config_delete, or by handing it to hardtack_context_set_wasi.
 */
typedef struct hardtack_wasi_config_t hardtack_wasi_config_t;
#endif

/**
 * A string: bytes in UTF-8, not necessarily ended by a NUL. `data` may be NULL if `len` is 0.
 */
typedef struct {
    /**
     * The first byte.
     */
    const char *data;
    /**
     * How many bytes.
     */
    size_t len;
} hardtack_str_t;

/**
 * Ends what a `void *` points to.
 */
typedef void (*hardtack_finalizer_t)(void *data);

/**
 * A function that was under way when a trap happened.
 */
typedef struct {
    /**
     * Its name, borrowed from the error; `data` is NULL if the module carries no names.
     */
    hardtack_str_t name;
    /**
     * Its index in its module; imported functions count first.
     */
    uint32_t function;
    /**
     * Where in the module's code section it was, in bytes.
     */
    uint32_t code_offset;
    /**
     * Which module: see hardtack_module_build_id.
     */
    uint8_t build_id[16];
} hardtack_frame_t;

/**
 * A value of the host's in a store; as a value of WebAssembly, null if all is zero. What is in it is the library's business.
 */
typedef struct {
    /**
     * Which store.
     */
    uint64_t store;
    /**
     * Which place in it.
     */
    uint32_t number;
    /**
     * Which of the values that had this place.
     */
    uint32_t generation;
} hardtack_externref_t;

/**
 * A type of values: one of the constants HARDTACK_I32 to HARDTACK_EXTERNREF.
 */
typedef uint8_t hardtack_valtype_t;

/**
 * A function of a store; as a value, null if all is zero. What is in it is the library's business.
 */
typedef struct {
    /**
     * Which store.
     */
    uint64_t store;
    /**
     * Which function.
     */
    uint32_t number;
    /**
     * 0.
     */
    uint32_t generation;
} hardtack_func_t;

/**
 * What a value holds: the member that its type says.
 */
typedef union {
    /**
     * If it is HARDTACK_I32.
     */
    int32_t i32;
    /**
     * If it is HARDTACK_I64.
     */
    int64_t i64;
    /**
     * If it is HARDTACK_F32.
     */
    float f32;
    /**
     * If it is HARDTACK_F64.
     */
    double f64;
    /**
     * If it is HARDTACK_FUNCREF; null if all is zero.
     */
    hardtack_func_t funcref;
    /**
     * If it is HARDTACK_EXTERNREF; null if all is zero.
     */
    hardtack_externref_t externref;
} hardtack_valunion_t;

/**
 * A value of WebAssembly. Owns nothing.
 */
typedef struct {
    /**
     * Its type.
     */
    hardtack_valtype_t kind;
    /**
     * What it holds.
     */
    hardtack_valunion_t of;
} hardtack_val_t;

/**
 * A host function.
 *
 * It gets `env` as it was given with the callback, the arguments, which are of the function's parameter types, and places for
 * the results, which hold zeros and nulls of the right types. It returns NULL, or an error, which the library then owns and which
 * stops the guest. The arrays live until it returns.
 */
typedef hardtack_error_t *(*hardtack_callback_t)(void *env,
                                                 hardtack_caller_t *caller,
                                                 const hardtack_val_t *args,
                                                 size_t nargs,
                                                 hardtack_val_t *results,
                                                 size_t nresults);

/**
 * A module brought to life in a store. What is in it is the library's business.
 */
typedef struct {
    /**
     * Which store.
     */
    uint64_t store;
    /**
     * Which instance.
     */
    uint32_t number;
    /**
     * 0.
     */
    uint32_t generation;
} hardtack_instance_t;

/**
 * A kind of imports and exports: one of the constants HARDTACK_FUNC to HARDTACK_GLOBAL.
 */
typedef uint8_t hardtack_externkind_t;

/**
 * A table of a store. What is in it is the library's business.
 */
typedef struct {
    /**
     * Which store.
     */
    uint64_t store;
    /**
     * Which table.
     */
    uint32_t number;
    /**
     * 0.
     */
    uint32_t generation;
} hardtack_table_t;

/**
 * A memory of a store. What is in it is the library's business.
 */
typedef struct {
    /**
     * Which store.
     */
    uint64_t store;
    /**
     * Which memory.
     */
    uint32_t number;
    /**
     * 0.
     */
    uint32_t generation;
} hardtack_memory_t;

/**
 * A global of a store. What is in it is the library's business.
 */
typedef struct {
    /**
     * Which store.
     */
    uint64_t store;
    /**
     * Which global.
     */
    uint32_t number;
    /**
     * 0.
     */
    uint32_t generation;
} hardtack_global_t;

/**
 * What a thing that is imported or exported holds: the member that its kind says.
 */
typedef union {
    /**
     * If it is HARDTACK_FUNC.
     */
    hardtack_func_t func;
    /**
     * If it is HARDTACK_TABLE.
     */
    hardtack_table_t table;
    /**
     * If it is HARDTACK_MEMORY.
     */
    hardtack_memory_t memory;
    /**
     * If it is HARDTACK_GLOBAL.
     */
    hardtack_global_t global;
} hardtack_externunion_t;

/**
 * Something that is imported or exported. Owns nothing.
 */
typedef struct {
    /**
     * Its kind.
     */
    hardtack_externkind_t kind;
    /**
     * What it holds.
     */
    hardtack_externunion_t of;
} hardtack_extern_t;

/**
 * A global's type.
 */
typedef struct {
    /**
     * The type of its value.
     */
    hardtack_valtype_t content;
    /**
     * Whether it may be written.
     */
    bool is_mutable;
} hardtack_globaltype_t;

/**
 * A memory's type. Sizes are in pages of 64 KiB.
 */
typedef struct {
    /**
     * How many pages it has at first.
     */
    uint64_t minimum;
    /**
     * How many it may come to have, if `has_maximum`.
     */
    uint64_t maximum;
    /**
     * Whether there is a maximum.
     */
    bool has_maximum;
} hardtack_memorytype_t;

/**
 * An import of a module, borrowed from the module.
 */
typedef struct {
    /**
     * The first part of its name.
     */
    hardtack_str_t module;
    /**
     * The second part of its name.
     */
    hardtack_str_t name;
    /**
     * What it must be.
     */
    const hardtack_externtype_t *ty;
} hardtack_import_t;

/**
 * An export of a module, borrowed from the module.
 */
typedef struct {
    /**
     * Its name.
     */
    hardtack_str_t name;
    /**
     * What it is.
     */
    const hardtack_externtype_t *ty;
} hardtack_export_t;

/**
 * Decides whether a memory (sizes in bytes) or a table (in elements) of `current` may have `desired`. `maximum` is the most that
 * its type allows, SIZE_MAX if it doesn't say. An error, which the library then owns, stops the guest. It must not call into the
 * store.
 */
typedef hardtack_error_t *(*hardtack_growing_t)(void *env, size_t current, size_t desired, size_t maximum, bool *allowed);

/**
 * A table's type. Sizes are in elements.
 */
typedef struct {
    /**
     * The type of its elements, a reference type.
     */
    hardtack_valtype_t element;
    /**
     * How many it has at first.
     */
    uint64_t minimum;
    /**
     * How many it may come to have, if `has_maximum`.
     */
    uint64_t maximum;
    /**
     * Whether there is a maximum.
     */
    bool has_maximum;
} hardtack_tabletype_t;

#if defined(HARDTACK_WASI)
/**
 * Takes `len` bytes that the guest writes; returns how many it took. Anything outside 1 to `len` is an input/output error to
 * the guest. It must not call into the store.
 */
typedef ptrdiff_t (*hardtack_write_t)(void *env, const uint8_t *bytes, size_t len);
#endif

#if defined(HARDTACK_WASI)
/**
 * What a guest may do with a directory: HARDTACK_READ_ONLY or HARDTACK_READ_WRITE.
 */
typedef uint8_t hardtack_access_t;
#endif

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The bytes of a C string, which are borrowed: an empty string for NULL.
 */
hardtack_str_t hardtack_str(const char *text);

/**
 * The version of the library, as the header's HARDTACK_VERSION: a C string that is never freed.
 */
const char *hardtack_version(void);

/**
 * The host's data that hardtack_store_new was given.
 */
void *hardtack_context_data(hardtack_context_t *context);

/**
 * What is left of the fuel.
 */
uint64_t hardtack_context_fuel(hardtack_context_t *context);

/**
 * Sets the fuel. UINT64_MAX, which a new store has, is practically without limit.
 */
void hardtack_context_set_fuel(hardtack_context_t *context, uint64_t fuel);

/**
 * Adds fuel; it does not go above UINT64_MAX.
 */
void hardtack_context_add_fuel(hardtack_context_t *context, uint64_t fuel);

/**
 * The default limits. The caller owns them.
 */
hardtack_config_t *hardtack_config_new(void);

/**
 * Most slots of 8 bytes that each instance's number stack may have: 2^20 by default, 2^16 on hosts of less than 64 bits.
 */
void hardtack_config_max_stack_slots(hardtack_config_t *config,
                                     size_t slots);

/**
 * Most slots of 8 bytes that each instance's reference stack may have: 2^16 by default, 2^12 on hosts of less than 64 bits.
 */
void hardtack_config_max_reference_slots(hardtack_config_t *config,
                                         size_t slots);

/**
 * How many calls from the host into a store may be under way at once, one inside the other: 100 by default.
 */
void hardtack_config_max_call_nesting(hardtack_config_t *config, uint32_t calls);

/**
 * How many calls from one instance to another may be under way at once in one call from the host: 2^14 by default.
 */
void hardtack_config_max_crossings(hardtack_config_t *config, size_t calls);

/**
 * Ends a config. Accepts NULL.
 */
void hardtack_config_delete(hardtack_config_t *config);

/**
 * An engine with these limits, which are copied; NULL stands for the default ones. The caller owns the engine.
 */
hardtack_engine_t *hardtack_engine_new(const hardtack_config_t *config);

/**
 * Ends an engine; its stores and linkers go on. Accepts NULL.
 */
void hardtack_engine_delete(hardtack_engine_t *engine);

/**
 * An error for a host function to return. The message is copied; the caller owns the error.
 *
 * `data` is the host's own, found again by hardtack_error_data when the error comes out of the call into the guest; `finalizer`
 * ends it together with the error.
 */
hardtack_error_t *hardtack_error_new(hardtack_str_t message,
                                     void *data,
                                     hardtack_finalizer_t finalizer);

/**
 * A trap for a host function to return, with one of the codes of hardtack_trap_code_t; NULL if it is none. The caller owns it.
 */
hardtack_error_t *hardtack_error_new_trap(uint8_t code);

/**
 * Ends an error. Accepts NULL.
 */
void hardtack_error_delete(hardtack_error_t *error);

/**
 * What kind of error it is; HARDTACK_ERROR_NONE for NULL.
 */
hardtack_error_kind_t hardtack_error_kind(const hardtack_error_t *error);

/**
 * What went wrong, in words. Borrowed from the error; a NUL follows, so that it is a C string too.
 */
hardtack_str_t hardtack_error_message(const hardtack_error_t *error);

/**
 * The message and, for a trap, a line for each function that was under way. Borrowed from the error; a NUL follows.
 */
hardtack_str_t hardtack_error_backtrace(const hardtack_error_t *error);

/**
 * The reason of a trap; HARDTACK_TRAP_NONE if it is no trap, or NULL.
 */
hardtack_trap_code_t hardtack_error_trap_code(const hardtack_error_t *error);

/**
 * The data that hardtack_error_new was given, borrowed from the error; NULL if it is another error.
 */
void *hardtack_error_data(const hardtack_error_t *error);

/**
 * With which status the guest ended itself. False, and nothing is written, if it didn't.
 */
bool hardtack_error_exit_status(const hardtack_error_t *error, uint32_t *status);

/**
 * At which byte of its file a module is malformed. False, and nothing is written, if it isn't that, or not at one place.
 */
bool hardtack_error_offset(const hardtack_error_t *error,
                           size_t *offset);

/**
 * How many functions were under way when a trap happened, at most 64; 0 if it is no trap.
 */
size_t hardtack_error_frame_count(const hardtack_error_t *error);

/**
 * Whether there were more frames than the error tells.
 */
bool hardtack_error_frames_truncated(const hardtack_error_t *error);

/**
 * One of the functions that were under way; 0 is the innermost. False, and nothing is written, past the last.
 */
bool hardtack_error_frame(const hardtack_error_t *error, size_t index, hardtack_frame_t *frame);

/**
 * Puts a value of the host's into a store, for guests to hold and pass. `finalizer` ends it when it is released, or together with
 * the store. Fails if the store's limits forbid it.
 */
hardtack_error_t *hardtack_externref_new(hardtack_context_t *context,
                                         void *data,
                                         hardtack_finalizer_t finalizer,
                                         hardtack_externref_t *out);

/**
 * The value, borrowed from the store. False, and nothing is written, if it was released or isn't of this store.
 */
bool hardtack_externref_data(hardtack_context_t *context, hardtack_externref_t value, void **data);

/**
 * Takes the value out of the store and ends it. References that guests still hold then refer to nothing. False if it was
 * released before or isn't of this store.
 */
bool hardtack_externref_release(hardtack_context_t *context,
                                hardtack_externref_t value);

/**
 * A host function of a store. `env` is given to the callback, and ended by `finalizer` together with the store.
 */
hardtack_error_t *hardtack_func_new(hardtack_context_t *context,
                                    const hardtack_functype_t *ty,
                                    hardtack_callback_t callback,
                                    void *env,
                                    hardtack_finalizer_t finalizer,
                                    hardtack_func_t *out);

/**
 * A function's type, which the caller owns; NULL if the function isn't of this store.
 */
hardtack_functype_t *hardtack_func_type(hardtack_context_t *context, hardtack_func_t func);

/**
 * Calls a function. `results` has places for as many values as its type says; NULL does for none.
 *
 * When it fails, the store can be used on.
 */
hardtack_error_t *hardtack_func_call(hardtack_context_t *context,
                                     hardtack_func_t func,
                                     const hardtack_val_t *args,
                                     size_t nargs,
                                     hardtack_val_t *results,
                                     size_t nresults);

/**
 * Calls a function so that a lack of fuel only suspends the call. `suspended` receives NULL if the call is over, with its results
 * written; else the call, which the caller owns, to go on when there is fuel again.
 */
hardtack_error_t *hardtack_func_call_resumable(hardtack_context_t *context,
                                               hardtack_func_t func,
                                               const hardtack_val_t *args,
                                               size_t nargs,
                                               hardtack_val_t *results,
                                               size_t nresults,
                                               hardtack_suspended_call_t **suspended);

/**
 * Goes on with a call, which is the library's from now on, even if this fails. Results and `suspended` are as for
 * hardtack_func_call_resumable.
 */
hardtack_error_t *hardtack_suspended_call_resume(hardtack_context_t *context,
                                                 hardtack_suspended_call_t *call,
                                                 hardtack_val_t *results,
                                                 size_t nresults,
                                                 hardtack_suspended_call_t **suspended);

/**
 * How much fuel is needed at least for the call to go on.
 */
uint64_t hardtack_suspended_call_fuel_needed(const hardtack_suspended_call_t *call);

/**
 * Abandons a call. Accepts NULL.
 */
void hardtack_suspended_call_delete(hardtack_suspended_call_t *call);

/**
 * The context by which the host function uses the store, borrowed until it returns.
 */
hardtack_context_t *hardtack_caller_context(const hardtack_caller_t *caller);

/**
 * The instance that calls. False, and nothing is written, if the host calls its function itself.
 */
bool hardtack_caller_instance(const hardtack_caller_t *caller, hardtack_instance_t *out);

/**
 * An export of the instance that calls, such as its memory. False, and nothing is written, if there is none.
 */
bool hardtack_caller_export(const hardtack_caller_t *caller, hardtack_str_t name, hardtack_extern_t *out);

/**
 * A new global that holds `value`.
 */
hardtack_error_t *hardtack_global_new(hardtack_context_t *context,
                                      const hardtack_globaltype_t *ty,
                                      const hardtack_val_t *value,
                                      hardtack_global_t *out);

/**
 * Its type.
 */
hardtack_error_t *hardtack_global_type(hardtack_context_t *context,
                                       hardtack_global_t global,
                                       hardtack_globaltype_t *out);

/**
 * Its value.
 */
hardtack_error_t *hardtack_global_get(hardtack_context_t *context, hardtack_global_t global, hardtack_val_t *out);

/**
 * Changes its value. Fails if it is immutable or the value isn't of its type.
 */
hardtack_error_t *hardtack_global_set(hardtack_context_t *context,
                                      hardtack_global_t global,
                                      const hardtack_val_t *value);

/**
 * Instantiates a module, with one thing for each of its imports in order, and runs its start function. A linker finds imports by
 * name.
 */
hardtack_error_t *hardtack_instance_new(hardtack_context_t *context,
                                        const hardtack_module_t *module,
                                        const hardtack_extern_t *imports,
                                        size_t nimports,
                                        hardtack_instance_t *out);

/**
 * The instance's module, which the caller owns; NULL if the instance isn't of this store.
 */
hardtack_module_t *hardtack_instance_module(hardtack_context_t *context, hardtack_instance_t instance);

/**
 * The export of a name. False, and nothing is written, if there is none.
 */
bool hardtack_instance_export(hardtack_context_t *context,
                              hardtack_instance_t instance,
                              hardtack_str_t name,
                              hardtack_extern_t *out);

/**
 * An export by its place in the module (see hardtack_module_export). False, and nothing is written, past the last.
 */
bool hardtack_instance_export_at(hardtack_context_t *context,
                                 hardtack_instance_t instance,
                                 size_t index,
                                 hardtack_extern_t *out);

/**
 * The exported function of a name. Fails if there is none.
 */
hardtack_error_t *hardtack_instance_func(hardtack_context_t *context,
                                         hardtack_instance_t instance,
                                         hardtack_str_t name,
                                         hardtack_func_t *out);

/**
 * The exported table of a name. Fails if there is none.
 */
hardtack_error_t *hardtack_instance_table(hardtack_context_t *context,
                                          hardtack_instance_t instance,
                                          hardtack_str_t name,
                                          hardtack_table_t *out);

/**
 * The exported memory of a name. Fails if there is none.
 */
hardtack_error_t *hardtack_instance_memory(hardtack_context_t *context,
                                           hardtack_instance_t instance,
                                           hardtack_str_t name,
                                           hardtack_memory_t *out);

/**
 * The exported global of a name. Fails if there is none.
 */
hardtack_error_t *hardtack_instance_global(hardtack_context_t *context,
                                           hardtack_instance_t instance,
                                           hardtack_str_t name,
                                           hardtack_global_t *out);

/**
 * The type of something in a store, which the caller owns; NULL if it isn't of this store.
 */
hardtack_externtype_t *hardtack_extern_type(hardtack_context_t *context, const hardtack_extern_t *item);

/**
 * The default limits. The caller owns them.
 */
hardtack_limits_t *hardtack_limits_new(void);

/**
 * Ends limits. Accepts NULL.
 */
void hardtack_limits_delete(hardtack_limits_t *limits);

/**
 * Most bytes that each memory may have.
 */
void hardtack_limits_memory_size(hardtack_limits_t *limits, size_t bytes);

/**
 * Most bytes that all memories together may have.
 */
void hardtack_limits_total_memory_size(hardtack_limits_t *limits, size_t bytes);

/**
 * Most elements that each table may have.
 */
void hardtack_limits_table_elements(hardtack_limits_t *limits, size_t elements);

/**
 * Most elements that all tables together may have.
 */
void hardtack_limits_total_table_elements(hardtack_limits_t *limits, size_t elements);

/**
 * Most instances in the store.
 */
void hardtack_limits_instances(hardtack_limits_t *limits, size_t count);

/**
 * Most memories in the store.
 */
void hardtack_limits_memories(hardtack_limits_t *limits, size_t count);

/**
 * Most tables in the store.
 */
void hardtack_limits_tables(hardtack_limits_t *limits, size_t count);

/**
 * Most values of the host's in the store that guests can hold references to, not counting those released.
 */
void hardtack_limits_references(hardtack_limits_t *limits, size_t count);

/**
 * Whether growth past a limit stops the guest instead of telling it −1; at first it doesn't.
 */
void hardtack_limits_trap_on_grow_failure(hardtack_limits_t *limits, bool trap);

/**
 * A linker without definitions. The caller owns it.
 */
hardtack_linker_t *hardtack_linker_new(const hardtack_engine_t *engine);

/**
 * A linker with the same definitions; the caller owns it. Callers' data are shared and ended with the last that needs them.
 */
hardtack_linker_t *hardtack_linker_clone(const hardtack_linker_t *linker);

/**
 * Ends a linker; what was instantiated with it goes on. Accepts NULL.
 */
void hardtack_linker_delete(hardtack_linker_t *linker);

/**
 * Whether a definition may replace an earlier one of the same name; at first it may not.
 */
void hardtack_linker_allow_shadowing(hardtack_linker_t *linker, bool allow);

/**
 * Defines a host function. `env` is given to the callback, and ended by `finalizer` when linker and stores need it no more.
 */
hardtack_error_t *hardtack_linker_func(hardtack_linker_t *linker,
                                       hardtack_str_t module,
                                       hardtack_str_t name,
                                       const hardtack_functype_t *ty,
                                       hardtack_callback_t callback,
                                       void *env,
                                       hardtack_finalizer_t finalizer);

/**
 * Defines something of a store. The linker then serves only that store.
 */
hardtack_error_t *hardtack_linker_define(hardtack_linker_t *linker,
                                         hardtack_context_t *context,
                                         hardtack_str_t module,
                                         hardtack_str_t name,
                                         const hardtack_extern_t *item);

/**
 * Defines all exports of an instance, with this as the first part of their names. The linker then serves only that store.
 */
hardtack_error_t *hardtack_linker_instance(hardtack_linker_t *linker,
                                           hardtack_context_t *context,
                                           hardtack_str_t module,
                                           hardtack_instance_t instance);

/**
 * Gives a definition a second name.
 */
hardtack_error_t *hardtack_linker_alias(hardtack_linker_t *linker,
                                        hardtack_str_t module,
                                        hardtack_str_t name,
                                        hardtack_str_t as_module,
                                        hardtack_str_t as_name);

/**
 * Gives all definitions with this first part of their names another first part as well.
 */
hardtack_error_t *hardtack_linker_alias_module(hardtack_linker_t *linker,
                                               hardtack_str_t module,
                                               hardtack_str_t as_module);

/**
 * Defines a function that traps for each function that a module imports and that isn't defined yet.
 */
hardtack_error_t *hardtack_linker_define_unknown_imports_as_traps(hardtack_linker_t *linker,
                                                                  const hardtack_module_t *module);

/**
 * Defines something for everything that a module imports and that isn't defined yet: functions that return zeros and nulls,
 * globals that hold them, tables and memories of the smallest size. The linker then serves only that store.
 */
hardtack_error_t *hardtack_linker_define_unknown_imports_as_zero(hardtack_linker_t *linker,
                                                                 hardtack_context_t *context,
                                                                 const hardtack_module_t *module);

/**
 * What is defined under a name, in a store. A host function comes to be in the store anew each time. False, and nothing is
 * written, if nothing is defined.
 */
bool hardtack_linker_get(const hardtack_linker_t *linker,
                         hardtack_context_t *context,
                         hardtack_str_t module,
                         hardtack_str_t name,
                         hardtack_extern_t *out);

/**
 * Instantiates a module with what is defined for its imports, and runs its start function.
 */
hardtack_error_t *hardtack_linker_instantiate(const hardtack_linker_t *linker,
                                              hardtack_context_t *context,
                                              const hardtack_module_t *module,
                                              hardtack_instance_t *out);

/**
 * A new memory of a type's minimal size.
 */
hardtack_error_t *hardtack_memory_new(hardtack_context_t *context,
                                      const hardtack_memorytype_t *ty,
                                      hardtack_memory_t *out);

/**
 * Its type; the minimum is its present size.
 */
hardtack_error_t *hardtack_memory_type(hardtack_context_t *context,
                                       hardtack_memory_t memory,
                                       hardtack_memorytype_t *out);

/**
 * Its size in pages of 64 KiB; 0 if it isn't of this store.
 */
uint64_t hardtack_memory_pages(hardtack_context_t *context, hardtack_memory_t memory);

/**
 * Its size in bytes; 0 if it isn't of this store.
 */
size_t hardtack_memory_size(hardtack_context_t *context, hardtack_memory_t memory);

/**
 * Its bytes, borrowed from the store until it may grow: until guest code runs or hardtack_memory_grow is called. NULL if it isn't
 * of this store.
 */
uint8_t *hardtack_memory_data(hardtack_context_t *context,
                              hardtack_memory_t memory);

/**
 * Grows it by so many pages. `previous`, which may be NULL, receives how many it had.
 */
hardtack_error_t *hardtack_memory_grow(hardtack_context_t *context,
                                       hardtack_memory_t memory,
                                       uint64_t pages,
                                       uint64_t *previous);

/**
 * Copies `len` bytes from `offset` on out of it. Fails if they aren't all within the memory.
 */
hardtack_error_t *hardtack_memory_read(hardtack_context_t *context,
                                       hardtack_memory_t memory,
                                       size_t offset,
                                       uint8_t *buffer,
                                       size_t len);

/**
 * Copies `len` bytes into it, from `offset` on. Fails if they don't all fit into the memory; then none is written.
 */
hardtack_error_t *hardtack_memory_write(hardtack_context_t *context,
                                        hardtack_memory_t memory,
                                        size_t offset,
                                        const uint8_t *buffer,
                                        size_t len);

/**
 * Loads a file, whatever its bytes, which are copied. The caller owns what `out` receives.
 */
hardtack_error_t *hardtack_module_load(const uint8_t *bytes, size_t len, hardtack_module_t **out);

/**
 * Loads a file, whatever its bytes, and executes it where it lies, in a resource, a mapped file, flash. Only if it doesn't lie at
 * a multiple of 4 it is copied. The caller owns what `out` receives.
 *
 * The bytes must stay there unchanged, even by another process, until `finalizer` is called with `env`. That happens when the
 * last module, instance and error that refers to them is gone, on whatever thread causes that; at once if loading fails or
 * copies. With NULL as the finalizer they must stay for good.
 */
hardtack_error_t *hardtack_module_load_in_place(const uint8_t *bytes,
                                                size_t len,
                                                void *env,
                                                hardtack_finalizer_t finalizer,
                                                hardtack_module_t **out);

/**
 * The same module once more; the caller owns it too.
 */
hardtack_module_t *hardtack_module_clone(const hardtack_module_t *module);

/**
 * Ends a module; its instances go on. Accepts NULL.
 */
void hardtack_module_delete(hardtack_module_t *module);

/**
 * The file, borrowed from the module, and its length.
 */
const uint8_t *hardtack_module_bytes(const hardtack_module_t *module, size_t *len);

/**
 * The hash that identifies what the file does, 16 bytes: equal for files that differ only in debug information and signature.
 */
void hardtack_module_build_id(const hardtack_module_t *module,
                              uint8_t (*id)[16]);

/**
 * The name of a function in the file's debug information, by its index, imported functions first. Borrowed from the module.
 * False, and nothing is written, if there is none.
 */
bool hardtack_module_func_name(const hardtack_module_t *module,
                               uint32_t index,
                               hardtack_str_t *name);

/**
 * How many imports a module has.
 */
size_t hardtack_module_import_count(const hardtack_module_t *module);

/**
 * An import, in the order of the module. False, and nothing is written, past the last.
 */
bool hardtack_module_import(const hardtack_module_t *module, size_t index, hardtack_import_t *import);

/**
 * How many exports a module has.
 */
size_t hardtack_module_export_count(const hardtack_module_t *module);

/**
 * An export, in the order of the module. False, and nothing is written, past the last.
 */
bool hardtack_module_export(const hardtack_module_t *module, size_t index, hardtack_export_t *export_);

/**
 * An empty store with full fuel and the default limits. The caller owns it.
 *
 * `data` is the host's own (see hardtack_context_data); `finalizer` ends it together with the store.
 */
hardtack_store_t *hardtack_store_new(const hardtack_engine_t *engine, void *data, hardtack_finalizer_t finalizer);

/**
 * Ends a store and everything in it. Accepts NULL.
 */
void hardtack_store_delete(hardtack_store_t *store);

/**
 * Access to the store, borrowed from it.
 */
hardtack_context_t *hardtack_store_context(hardtack_store_t *store);

/**
 * Limits what the store may come to hold from now on. The limits are copied; what was granted before doesn't count.
 */
hardtack_error_t *hardtack_store_set_limits(hardtack_store_t *store, const hardtack_limits_t *limits);

/**
 * Limits what the store may come to hold from now on: a callback says whether, and the limits, NULL for the default ones, have
 * to allow it too. Each callback may be NULL. `env` is given to both, and ended by `finalizer` together with the store or when
 * other limits take their place.
 */
hardtack_error_t *hardtack_store_set_limiter(hardtack_store_t *store,
                                             const hardtack_limits_t *limits,
                                             hardtack_growing_t memory,
                                             hardtack_growing_t table,
                                             void *env,
                                             hardtack_finalizer_t finalizer);

/**
 * A handle by which another thread can stop the guest. The caller owns it; it may outlive the store.
 */
hardtack_interrupt_handle_t *hardtack_store_interrupt_handle(const hardtack_store_t *store);

/**
 * Stops the guest that is running, or the next one to run, with HARDTACK_TRAP_INTERRUPTED; a guest that waits in WASI is woken up
 * for it. One request stops one call. May be called by any thread at any time, but not by a signal handler.
 */
void hardtack_interrupt(const hardtack_interrupt_handle_t *handle);

/**
 * Ends a handle. Accepts NULL.
 */
void hardtack_interrupt_handle_delete(hardtack_interrupt_handle_t *handle);

/**
 * A new table of a type's minimal size, all elements `init`.
 */
hardtack_error_t *hardtack_table_new(hardtack_context_t *context,
                                     const hardtack_tabletype_t *ty,
                                     const hardtack_val_t *init,
                                     hardtack_table_t *out);

/**
 * Its type; the minimum is its present size.
 */
hardtack_error_t *hardtack_table_type(hardtack_context_t *context, hardtack_table_t table, hardtack_tabletype_t *out);

/**
 * Its size in elements; 0 if it isn't of this store.
 */
uint64_t hardtack_table_size(hardtack_context_t *context, hardtack_table_t table);

/**
 * An element. Fails past its end.
 */
hardtack_error_t *hardtack_table_get(hardtack_context_t *context,
                                     hardtack_table_t table,
                                     uint64_t index,
                                     hardtack_val_t *out);

/**
 * Changes an element. Fails past its end, or if the reference isn't of its type.
 */
hardtack_error_t *hardtack_table_set(hardtack_context_t *context,
                                     hardtack_table_t table,
                                     uint64_t index,
                                     const hardtack_val_t *value);

/**
 * Changes `len` elements from `index` on. Fails if they aren't all within the table; then none is changed.
 */
hardtack_error_t *hardtack_table_fill(hardtack_context_t *context,
                                      hardtack_table_t table,
                                      uint64_t index,
                                      const hardtack_val_t *value,
                                      uint64_t len);

/**
 * Grows it by so many elements, all `init`. `previous`, which may be NULL, receives how many it had.
 */
hardtack_error_t *hardtack_table_grow(hardtack_context_t *context,
                                      hardtack_table_t table,
                                      uint64_t delta,
                                      const hardtack_val_t *init,
                                      uint64_t *previous);

/**
 * A function type with these parameters and results, which are copied. The caller owns what `out` receives.
 */
hardtack_error_t *hardtack_functype_new(const hardtack_valtype_t *params,
                                        size_t nparams,
                                        const hardtack_valtype_t *results,
                                        size_t nresults,
                                        hardtack_functype_t **out);

/**
 * The types of the parameters, borrowed from the function type, and their number.
 */
const hardtack_valtype_t *hardtack_functype_params(const hardtack_functype_t *ty, size_t *len);

/**
 * The types of the results, borrowed from the function type, and their number.
 */
const hardtack_valtype_t *hardtack_functype_results(const hardtack_functype_t *ty, size_t *len);

/**
 * Ends a function type that the caller owns. Accepts NULL.
 */
void hardtack_functype_delete(hardtack_functype_t *ty);

/**
 * Which kind it is.
 */
hardtack_externkind_t hardtack_externtype_kind(const hardtack_externtype_t *ty);

/**
 * The function's type, borrowed from this type; NULL if it is no function.
 */
const hardtack_functype_t *hardtack_externtype_func(const hardtack_externtype_t *ty);

/**
 * The table's type. False, and nothing is written, if it is no table.
 */
bool hardtack_externtype_table(const hardtack_externtype_t *ty, hardtack_tabletype_t *table);

/**
 * The memory's type. False, and nothing is written, if it is no memory.
 */
bool hardtack_externtype_memory(const hardtack_externtype_t *ty, hardtack_memorytype_t *memory);

/**
 * The global's type. False, and nothing is written, if it is no global.
 */
bool hardtack_externtype_global(const hardtack_externtype_t *ty, hardtack_globaltype_t *global);

/**
 * Ends a type that the caller owns. Accepts NULL.
 */
void hardtack_externtype_delete(hardtack_externtype_t *ty);

/**
 * Zero, or null, of a type; of HARDTACK_I32 if there is no such type.
 */
hardtack_val_t hardtack_val_zero(hardtack_valtype_t ty);

/**
 * A 32-bit integer as a value.
 */
hardtack_val_t hardtack_val_i32(int32_t value);

/**
 * A 64-bit integer as a value.
 */
hardtack_val_t hardtack_val_i64(int64_t value);

/**
 * A 32-bit float as a value.
 */
hardtack_val_t hardtack_val_f32(float value);

/**
 * A 64-bit float as a value.
 */
hardtack_val_t hardtack_val_f64(double value);

/**
 * A reference to a function as a value.
 */
hardtack_val_t hardtack_val_func(hardtack_func_t func);

/**
 * A reference to a value of the host's as a value of WebAssembly.
 */
hardtack_val_t hardtack_val_externref(hardtack_externref_t value);

/**
 * A function as something that is imported or exported.
 */
hardtack_extern_t hardtack_extern_func(hardtack_func_t func);

/**
 * A table as something that is imported or exported.
 */
hardtack_extern_t hardtack_extern_table(hardtack_table_t table);

/**
 * A memory as something that is imported or exported.
 */
hardtack_extern_t hardtack_extern_memory(hardtack_memory_t memory);

/**
 * A global as something that is imported or exported.
 */
hardtack_extern_t hardtack_extern_global(hardtack_global_t global);

#if defined(HARDTACK_WASI)
/**
 * No arguments, no environment, empty input, output that goes nowhere, no files. The caller owns the config.
 */
hardtack_wasi_config_t *hardtack_wasi_config_new(void);
#endif

#if defined(HARDTACK_WASI)
/**
 * Ends a config. Accepts NULL.
 */
void hardtack_wasi_config_delete(hardtack_wasi_config_t *config);
#endif

#if defined(HARDTACK_WASI)
/**
 * Adds an argument, which is copied. The first one is the name of the program.
 */
hardtack_error_t *hardtack_wasi_config_arg(hardtack_wasi_config_t *config, hardtack_str_t arg);
#endif

#if defined(HARDTACK_WASI)
/**
 * Sets an environment variable, name and value being copied; a later value replaces an earlier one.
 */
hardtack_error_t *hardtack_wasi_config_env(hardtack_wasi_config_t *config, hardtack_str_t name, hardtack_str_t value);
#endif

#if defined(HARDTACK_WASI)
/**
 * Sets the host's own environment variables.
 */
void hardtack_wasi_config_inherit_env(hardtack_wasi_config_t *config);
#endif

#if defined(HARDTACK_WASI)
/**
 * Standard input is the host's.
 */
void hardtack_wasi_config_inherit_stdin(hardtack_wasi_config_t *config);
#endif

#if defined(HARDTACK_WASI)
/**
 * Standard output is the host's.
 */
void hardtack_wasi_config_inherit_stdout(hardtack_wasi_config_t *config);
#endif

#if defined(HARDTACK_WASI)
/**
 * Standard error is the host's.
 */
void hardtack_wasi_config_inherit_stderr(hardtack_wasi_config_t *config);
#endif

#if defined(HARDTACK_WASI)
/**
 * Standard input is these bytes, which are copied.
 */
hardtack_error_t *hardtack_wasi_config_stdin_bytes(hardtack_wasi_config_t *config, hardtack_str_t bytes);
#endif

#if defined(HARDTACK_WASI)
/**
 * Standard output goes to a callback. `env` is given to it, and ended by `finalizer` together with the store or the config.
 */
hardtack_error_t *hardtack_wasi_config_stdout(hardtack_wasi_config_t *config,
                                              hardtack_write_t callback,
                                              void *env,
                                              hardtack_finalizer_t finalizer);
#endif

#if defined(HARDTACK_WASI)
/**
 * Standard error goes to a callback. `env` is given to it, and ended by `finalizer` together with the store or the config.
 */
hardtack_error_t *hardtack_wasi_config_stderr(hardtack_wasi_config_t *config,
                                              hardtack_write_t callback,
                                              void *env,
                                              hardtack_finalizer_t finalizer);
#endif

#if defined(HARDTACK_WASI)
/**
 * Opens a directory of the host and gives it to the guest, under the path that it knows it by. Nothing outside can be reached
 * through it.
 */
hardtack_error_t *hardtack_wasi_config_dir(hardtack_wasi_config_t *config,
                                           hardtack_str_t host_path,
                                           hardtack_str_t guest_path,
                                           hardtack_access_t access);
#endif

#if defined(HARDTACK_WASI)
/**
 * An empty directory for at most `capacity` bytes (of contents, and 512 for each name). The caller owns it.
 */
hardtack_memory_dir_t *hardtack_memory_dir_new(uint64_t capacity);
#endif

#if defined(HARDTACK_WASI)
/**
 * Ends a directory in memory. Accepts NULL.
 */
void hardtack_memory_dir_delete(hardtack_memory_dir_t *dir);
#endif

#if defined(HARDTACK_WASI)
/**
 * Writes a file, making the directories on the way to it and replacing what it held. The bytes are copied.
 */
hardtack_error_t *hardtack_memory_dir_write(const hardtack_memory_dir_t *dir,
                                            hardtack_str_t path,
                                            const uint8_t *bytes,
                                            size_t len);
#endif

#if defined(HARDTACK_WASI)
/**
 * Copies what a file holds, at most `capacity` bytes of it, into `buffer`, which may be NULL if that is 0. `len` receives how long
 * the file is.
 */
hardtack_error_t *hardtack_memory_dir_read(const hardtack_memory_dir_t *dir,
                                           hardtack_str_t path,
                                           uint8_t *buffer,
                                           size_t capacity,
                                           size_t *len);
#endif

#if defined(HARDTACK_WASI)
/**
 * Gives the guest a directory that lives in memory, under the path that it knows it by. The directory is shared with the caller,
 * who goes on owning it.
 */
hardtack_error_t *hardtack_wasi_config_memory_dir(hardtack_wasi_config_t *config,
                                                  const hardtack_memory_dir_t *dir,
                                                  hardtack_str_t guest_path,
                                                  hardtack_access_t access);
#endif

#if defined(HARDTACK_WASI)
/**
 * Clocks and random bytes that are the same in every run.
 */
void hardtack_wasi_config_deterministic(hardtack_wasi_config_t *config, uint64_t seed);
#endif

#if defined(HARDTACK_WASI)
/**
 * Limits how many descriptors the guest may have open at once.
 */
void hardtack_wasi_config_max_descriptors(hardtack_wasi_config_t *config, size_t limit);
#endif

#if defined(HARDTACK_WASI)
/**
 * What the guests of a store reach through WASI from now on. Without this they have nothing but clocks and random bytes.
 *
 * The config is the library's from now on, even if this fails: the caller doesn't delete it.
 */
hardtack_error_t *hardtack_context_set_wasi(hardtack_context_t *context,
                                            hardtack_wasi_config_t *config);
#endif

#if defined(HARDTACK_WASI)
/**
 * Defines all functions of WASI preview 1, and of the older `wasi_unstable`.
 */
hardtack_error_t *hardtack_linker_wasi(hardtack_linker_t *linker);
#endif

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* HARDTACK_H */
