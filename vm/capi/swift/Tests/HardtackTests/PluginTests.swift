// The plugin of vm/capi/examples, from Swift. HARDTACK_PLUGIN names it, compiled:
//     hardtack compile vm/capi/examples/plugin.wat -o plugin.tack && HARDTACK_PLUGIN=$PWD/plugin.tack swift test

import Foundation
import XCTest

@testable import Hardtack

final class PluginTests: XCTestCase {
    func testPlugin() throws {
        guard let path = ProcessInfo.processInfo.environment["HARDTACK_PLUGIN"] else {
            throw XCTSkip("HARDTACK_PLUGIN doesn't name the compiled plugin")
        }
        let module = try Module(data: Data(contentsOf: URL(fileURLWithPath: path)))
        XCTAssertEqual(module.imports.map(\.name), ["log"])

        let engine = Engine()
        let linker = Linker<[String]>(engine)
        try linker.function("host", "log", FuncType([.i32, .i32])) { caller, args in
            guard case .i32(let at) = args[0], case .i32(let count) = args[1],
                let memory = caller.export("memory")?.memory
            else { throw HardtackError.host("the plugin has no memory") }
            let bytes = try memory.read(
                caller, at: Int(UInt32(bitPattern: at)), count: Int(UInt32(bitPattern: count)))
            caller.data.append(String(decoding: bytes, as: UTF8.self))
            return []
        }
        let store = Store(engine, data: [String]())
        store.fuel = 1_000_000
        let plugin = try linker.instantiate(store, module)

        _ = try plugin.function(store, "greet").call(store)
        XCTAssertEqual(store.data, ["hello from the plugin"])
        let sum = try plugin.typedFunc(store, "sum", Int32.self, returns: Int64.self)
        XCTAssertEqual(try sum.call(store, Int32(100)), 5050)

        XCTAssertThrowsError(try plugin.function(store, "spin").call(store)) { error in
            guard case HardtackError.trap(let trap) = error else { return XCTFail("\(error)") }
            XCTAssertEqual(trap.code, .outOfFuel)
        }
        XCTAssertThrowsError(try Module([1, 2, 3]))
    }
}
