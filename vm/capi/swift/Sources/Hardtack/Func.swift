// Functions, the guest's and the host's.

import CHardtack

/// The store during a call of a host function, and the instance that calls. Not to be kept beyond the call.
public struct Caller<Data>: AsContext {
    let raw: OpaquePointer
    public let context: OpaquePointer

    init(raw: OpaquePointer) {
        self.raw = raw
        context = hardtack_caller_context(raw)!
    }

    /// The host's data.
    public var data: Data {
        get { boxed.value }
        nonmutating set { boxed.value = newValue }
    }

    private var boxed: Boxed<Data> {
        unboxed(hardtack_context_data(context), as: Boxed<Data>.self)!
    }

    /// The instance that calls; nil if the host calls its function itself.
    public var instance: Instance? {
        var instance = hardtack_instance_t()
        return hardtack_caller_instance(raw, &instance) ? Instance(raw: instance) : nil
    }

    /// An export of the instance that calls.
    public func export(_ name: String) -> Extern? {
        var item = hardtack_extern_t()
        return withStr(name) { hardtack_caller_export(raw, $0, &item) } ? Extern(item) : nil
    }
}

/// A host function over lists of values.
public typealias HostFunction<Data> = (Caller<Data>, [Val]) throws -> [Val]

/// What the library holds of a host function.
final class Callback {
    let call: (OpaquePointer, [Val]) throws -> [Val]
    let results: [ValType]

    init<Data>(_ type: FuncType, _ function: @escaping HostFunction<Data>) {
        results = type.results
        call = { caller, args in try function(Caller<Data>(raw: caller), args) }
    }
}

/// The callback of every host function.
let callHost:
    @convention(c) (
        UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<hardtack_val_t>?, Int,
        UnsafeMutablePointer<hardtack_val_t>?, Int
    ) -> OpaquePointer? = { env, caller, args, nargs, results, nresults in
        do {
            let callback = unboxed(env, as: Callback.self)!
            let args = UnsafeBufferPointer(start: args, count: nargs).map(Val.init)
            let values = try callback.call(caller!, args)
            guard values.map(\.type) == callback.results else {
                throw HardtackError.type("a host function returns other values than its type says")
            }
            for (index, value) in values.enumerated() { results![index] = value.c }
            return nil
        } catch {
            return HardtackError.give(error)
        }
    }

/// A function of a store.
public struct Func {
    let raw: hardtack_func_t

    init(raw: hardtack_func_t) {
        self.raw = raw
    }

    /// A host function.
    public init<Data>(_ store: Store<Data>, _ type: FuncType, _ function: @escaping HostFunction<Data>) throws {
        var raw = hardtack_func_t()
        let callback = Callback(type, function)
        try type.with { type in
            try check(hardtack_func_new(store.context, type, callHost, box(callback), releaseBox, &raw))
        }
        self.raw = raw
    }

    /// Its type.
    public func type(_ store: some AsContext) throws -> FuncType {
        guard let type = hardtack_func_type(store.context, raw) else {
            throw HardtackError.other("the function does not belong to this store")
        }
        defer { hardtack_functype_delete(type) }
        return FuncType(type)
    }

    /// Calls it.
    public func call(_ store: some AsContext, _ args: [Val] = []) throws -> [Val] {
        try call(store, args, results: try type(store).results.count)
    }

    func call(_ store: some AsContext, _ args: [Val], results count: Int) throws -> [Val] {
        let args = args.map(\.c)
        var results = [hardtack_val_t](repeating: hardtack_val_zero(0), count: count)
        try check(hardtack_func_call(store.context, raw, args, args.count, &results, count))
        return results.map(Val.init)
    }

    /// Calls it so that a lack of fuel only suspends the call, to go on when there is fuel again.
    public func callResumable(_ store: some AsContext, _ args: [Val] = []) throws -> ResumableCall {
        let count = try type(store).results.count
        let args = args.map(\.c)
        var results = [hardtack_val_t](repeating: hardtack_val_zero(0), count: count)
        var suspended: OpaquePointer?
        try check(
            hardtack_func_call_resumable(store.context, raw, args, args.count, &results, count, &suspended))
        return ResumableCall(suspended, results)
    }

    /// The function as one with types of Swift's, checked now instead of at each call.
    public func typed<each P: WasmTy, R: WasmTy>(
        _ store: some AsContext, _ params: repeat (each P).Type, returns: R.Type
    ) throws -> TypedFunc<R> {
        var types: [ValType] = []
        repeat types.append((each params).type)
        try require(FuncType(types, [R.type]), store)
        return TypedFunc(function: self)
    }

    private func require(_ expected: FuncType, _ store: some AsContext) throws {
        let found = try type(store)
        guard found == expected else {
            throw HardtackError.type("a function of type \(found) is used as one of type \(expected)")
        }
    }
}

/// A function with one result of a type of Swift's. Made by `Func.typed` and `Instance.typedFunc`.
public struct TypedFunc<R: WasmTy> {
    let function: Func

    /// Calls it.
    public func call<each P: WasmTy>(_ store: some AsContext, _ args: repeat each P) throws -> R {
        var values: [Val] = []
        repeat values.append((each args).val)
        let results = try function.call(store, values, results: 1)
        guard let result = results.first.flatMap({ R($0) }) else {
            throw HardtackError.type("a function returns another type than it has")
        }
        return result
    }
}

/// What has become of a call made with `Func.callResumable`.
public enum ResumableCall {
    /// It is over; these are its results.
    case finished([Val])
    /// The store's fuel is used up, and the call can go on when there is more.
    case outOfFuel(SuspendedCall)

    init(_ suspended: OpaquePointer?, _ results: [hardtack_val_t]) {
        if let suspended {
            self = .outOfFuel(SuspendedCall(raw: suspended, results: results.count))
        } else {
            self = .finished(results.map(Val.init))
        }
    }
}

/// A call that has stopped for lack of fuel and can go on, once. It may not outlive its store; letting go of it abandons the call.
public final class SuspendedCall {
    private var raw: OpaquePointer?
    private let results: Int

    init(raw: OpaquePointer, results: Int) {
        self.raw = raw
        self.results = results
    }

    deinit {
        hardtack_suspended_call_delete(raw)
    }

    /// How much fuel is needed at least for the call to go on; 0 if it has gone on already.
    public var fuelNeeded: UInt64 {
        hardtack_suspended_call_fuel_needed(raw)
    }

    /// Goes on with the call.
    public func resume(_ store: some AsContext) throws -> ResumableCall {
        guard let call = raw else { throw HardtackError.other("the call has gone on already") }
        raw = nil
        var values = [hardtack_val_t](repeating: hardtack_val_zero(0), count: results)
        var suspended: OpaquePointer?
        try check(hardtack_suspended_call_resume(store.context, call, &values, results, &suspended))
        return ResumableCall(suspended, values)
    }
}
