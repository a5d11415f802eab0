// The same plugin as in plugin.c from C++: owners as unique pointers, a closure as a host function, errors as exceptions.
//
//     c++ -std=c++17 plugin.cpp $(pkg-config --cflags --libs hardtack) -o plugin && ./plugin plugin.tack
#include <hardtack.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

template <auto end> struct Ender {
    template <class T> void operator()(T *object) const { end(object); }
};
template <class T, auto end> using Owned = std::unique_ptr<T, Ender<end>>;
using Engine = Owned<hardtack_engine_t, hardtack_engine_delete>;
using Linker = Owned<hardtack_linker_t, hardtack_linker_delete>;
using Module = Owned<hardtack_module_t, hardtack_module_delete>;
using Store = Owned<hardtack_store_t, hardtack_store_delete>;
using FuncType = Owned<hardtack_functype_t, hardtack_functype_delete>;
using Handle = Owned<hardtack_interrupt_handle_t, hardtack_interrupt_handle_delete>;

static hardtack_str_t str(const std::string &text) { return {text.data(), text.size()}; }
static std::string text(hardtack_str_t str) { return str.data ? std::string(str.data, str.len) : std::string(); }

struct Failure : std::runtime_error {
    explicit Failure(hardtack_error_t *raw)
        : std::runtime_error(text(hardtack_error_message(raw))), error(raw, hardtack_error_delete) {}
    // Shared, as exceptions are copied.
    std::shared_ptr<hardtack_error_t> error;
};

static void check(hardtack_error_t *error) {
    if (error) throw Failure(error);
}

using HostFunction = std::function<void(hardtack_caller_t *, const hardtack_val_t *, hardtack_val_t *)>;

// Exceptions must not leave a callback: they become errors.
static hardtack_error_t *call_host(void *env, hardtack_caller_t *caller, const hardtack_val_t *args, size_t,
                                   hardtack_val_t *results, size_t) {
    try {
        (*static_cast<HostFunction *>(env))(caller, args, results);
        return nullptr;
    } catch (const std::exception &e) {
        return hardtack_error_new(str(e.what()), nullptr, nullptr);
    }
}

static void define(Linker &linker, const std::string &module, const std::string &name,
                   std::vector<hardtack_valtype_t> params, std::vector<hardtack_valtype_t> results, HostFunction func) {
    hardtack_functype_t *raw = nullptr;
    check(hardtack_functype_new(params.data(), params.size(), results.data(), results.size(), &raw));
    FuncType type(raw);
    auto end = [](void *env) { delete static_cast<HostFunction *>(env); };
    check(hardtack_linker_func(linker.get(), str(module), str(name), type.get(), call_host,
                               new HostFunction(std::move(func)), end));
}

static std::vector<hardtack_val_t> call(hardtack_context_t *context, hardtack_instance_t instance,
                                        const std::string &name, std::vector<hardtack_val_t> args, size_t nresults) {
    hardtack_func_t func;
    check(hardtack_instance_func(context, instance, str(name), &func));
    std::vector<hardtack_val_t> results(nresults);
    check(hardtack_func_call(context, func, args.data(), args.size(), results.data(), results.size()));
    return results;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "usage: plugin FILE.tack\n";
        return 2;
    }
    try {
        std::ifstream file(argv[1], std::ios::binary);
        std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
        hardtack_module_t *raw = nullptr;
        check(hardtack_module_load(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size(), &raw));
        Module module(raw);
        for (size_t i = 0; i < hardtack_module_import_count(module.get()); i++) {
            hardtack_import_t import;
            hardtack_module_import(module.get(), i, &import);
            std::cout << "it needs " << text(import.module) << '.' << text(import.name) << '\n';
        }

        Engine engine(hardtack_engine_new(nullptr));
        Linker linker(hardtack_linker_new(engine.get()));
        std::vector<std::string> log;
        define(linker, "host", "log", {HARDTACK_I32, HARDTACK_I32}, {},
               [&log](hardtack_caller_t *caller, const hardtack_val_t *args, hardtack_val_t *) {
                   hardtack_extern_t memory;
                   if (!hardtack_caller_export(caller, hardtack_str("memory"), &memory) ||
                       memory.kind != HARDTACK_MEMORY)
                       throw std::runtime_error("the plugin has no memory");
                   auto *context = hardtack_caller_context(caller);
                   size_t at = static_cast<uint32_t>(args[0].of.i32), len = static_cast<uint32_t>(args[1].of.i32);
                   size_t size = hardtack_memory_size(context, memory.of.memory);
                   if (at > size || len > size - at) throw std::runtime_error("the plugin lies about its memory");
                   auto *data = hardtack_memory_data(context, memory.of.memory);
                   log.emplace_back(reinterpret_cast<const char *>(data) + at, len);
               });

        Store store(hardtack_store_new(engine.get(), nullptr, nullptr));
        auto *context = hardtack_store_context(store.get());
        hardtack_instance_t instance;
        check(hardtack_linker_instantiate(linker.get(), context, module.get(), &instance));

        call(context, instance, "greet", {}, 0);
        std::cout << "logged: " << log.at(0) << '\n';
        std::cout << "sum(100) = " << call(context, instance, "sum", {hardtack_val_i32(100)}, 1)[0].of.i64 << '\n';

        // Another thread stops a loop that never ends.
        Handle handle(hardtack_store_interrupt_handle(store.get()));
        std::thread timer([&handle] {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            hardtack_interrupt(handle.get());
        });
        for (const char *name : {"spin", "lie"}) {
            try {
                call(context, instance, name, {}, 0);
            } catch (const Failure &failure) {
                std::cout << name << ": " << failure.what() << '\n';
            }
        }
        timer.join();
        try {
            call(context, instance, "dig", {hardtack_val_i32(0)}, 1);
        } catch (const Failure &failure) {
            std::cout << "dig: " << failure.what() << ", " << hardtack_error_frame_count(failure.error.get())
                      << " frames and more\n";
        }
    } catch (const std::exception &e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
