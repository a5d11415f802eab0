// swift-tools-version:5.9
import PackageDescription

let package = Package(
    name: "Hardtack",
    products: [Product.library(name: "Hardtack", targets: ["Hardtack"])],
    targets: [
        // The C library as `vm/capi/install.sh` installs it, found by pkg-config. For iOS, an XCFramework of the static libraries
        // with the header and module map takes its place: see README.md.
        .systemLibrary(name: "CHardtack", pkgConfig: "hardtack"),
        .target(name: "Hardtack", dependencies: ["CHardtack"]),
        .testTarget(name: "HardtackTests", dependencies: ["Hardtack"]),
    ]
)
