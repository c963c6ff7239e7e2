// swift-tools-version: 6.2
// Assay: vision-model experiments from one YAML file. Modules and dependencies: docs/architecture.md.
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Programs of Python wheels load the library of built-in networks instead of being linked against it: scripts/build-wheel.
let separateNetworks = Context.environment["ASSAY_NETWORKS"] == "separate"

/// A library target with exactly the dependencies that docs/architecture.md allows.
func module(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings)
}

/// The tests of one module.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.target(name: name)] + dependencies,
        resources: resources, swiftSettings: swiftSettings)
}

let package = Package(
    name: "assay",
    // Linux only: the sources use Glibc, epoll and posix_spawn's extensions.
    products: [
        .executable(name: "assay", targets: ["assay"]),
        .executable(name: "assay-vision", targets: ["assay-vision"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // 0 floor
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CGlibc"),
        // Linked statically: only what SHA-256 needs of it comes along, and no start pays for loading the rest.
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
        // Needs libcurl's headers to build, and libcurl to send a request.
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CPixels"),
        // Link names of libjpeg-turbo, libpng, libwebp, libtiff, giflib.
        .target(
            name: "CPictures",
            linkerSettings: ["jpeg", "png", "webp", "webpdemux", "tiff", "gif"].map { .linkedLibrary($0) }),
        .target(
            name: "CTorch", exclude: [separateNetworks ? "CTorch.cpp" : "CTorchLoader.c"],
            linkerSettings: separateNetworks
                ? [] : [.linkedLibrary("torch_cpu"), .linkedLibrary("torch"), .linkedLibrary("c10")]),
        module("Basics", ["CCrypto"]),
        module(
            "Platform",
            [
                "Basics", "CArchive", "CCurl", "CGlibc",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),

        // 0b facts
        module("Specification", ["Basics", "TaskKit", "CLibYAML"]),
        module("Artifacts", ["Basics", "Platform"]),
        module("Ledger", ["Basics", .product(name: "GRDB", package: "GRDB.swift")]),
        module("Statistics", ["Basics"]),
        module("TaskKit", ["Basics", "Statistics"]),
        module("TaskMetrics", ["Basics", "Statistics"]),
        module("Tasks", ["Basics", "Statistics", "TaskKit", "TaskMetrics"]),
        module("Audit", ["Basics", "Specification", "Statistics", "TaskKit"]),
        module("AzureWire", ["Basics"]),
        module("VertexWire", ["Basics"]),
        module("VisionProtocol", ["Basics", "Platform"]),

        // 0c contracts
        module("ProviderKit", ["Basics", "Platform", "Specification"]),

        // 0d plug-ins
        module("AzureOpenAI", ["Basics", "Platform", "AzureWire", "ProviderKit"]),
        module(
            "Providers", ["Basics", "Platform", "Specification", "ProviderKit", "AzureWire", "AzureOpenAI", "VertexWire"]),

        // 1 planner
        module("Planning", ["Basics", "TaskKit", "Specification", "Artifacts", "VisionProtocol"]),

        // 2 engine
        module("Execution", ["Basics", "Platform", "Planning", "Artifacts", "Ledger", "ProviderKit"]),

        // 3 edges
        module(
            "Steps",
            [
                "Basics", "Platform", "TaskKit", "Specification", "Planning", "Artifacts", "Execution", "Ledger", "Statistics",
                "ProviderKit", "VisionProtocol",
            ]),
        module(
            "Reporting",
            [
                "Audit", "Basics", "Statistics", "TaskKit",
                .product(name: "Mustache", package: "swift-mustache"),
            ]),

        module("Exports", ["Basics", "Platform", "Reporting", "Statistics", "TaskKit"]),

        // 4 front
        module(
            "Application",
            [
                "Basics", "Platform", "Specification", "Artifacts", "Ledger", "Statistics", "ProviderKit", "Providers",
                "VisionProtocol", "Planning", "Execution", "Steps", "Reporting", "AzureEmulator", "EmulatorCore",
                "VertexEmulator", "TaskKit", "Tasks", "Exports",
            ]),
        module("AzureEmulator", ["Basics", "AzureWire", "EmulatorCore", "VisionProtocol"]),
        module("VertexEmulator", ["Basics", "EmulatorCore", "VertexWire", "VisionProtocol"]),
        module(
            "EmulatorCore",
            [
                "Basics", "Platform", "VisionProtocol",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        module(
            "VisionWorker", ["Basics", "Platform", "VisionProtocol", "CTorch", "CPixels", "CPictures", "CTurboJPEG", "CPNG"],
            resources: [.copy("Resources/shapes-base.safetensors"), .copy("Resources/text-reader.safetensors")]),

        // 5 front ends
        module(
            "WebView",
            [
                "Application", "Basics", "Execution", "Ledger", "Planning", "Platform", "Reporting", "Statistics", "TaskKit",
                "Tasks",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        module(
            "CommandLine",
            [
                "Application", "Artifacts", "Audit", "Basics", "Execution", "Exports", "Ledger", "Planning", "Platform",
                "ProviderKit", "Providers", "Reporting", "Specification", "Steps", "TaskKit", "Tasks", "VisionProtocol",
                "WebView",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // 6 mains
        .executableTarget(name: "assay", dependencies: ["CommandLine", "CGlibc"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "assay-vision",
            dependencies: [
                "Basics", "VisionWorker",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        .executableTarget(
            name: "task-bench", dependencies: ["Basics", "TaskKit", "TaskMetrics", "Tasks"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "assay-bench",
            dependencies: [
                "Basics", "Platform", "Specification", "Planning", "Artifacts", "Ledger", "ProviderKit", "Providers", "Steps",
            ],
            swiftSettings: swiftSettings),

        // Tests, one target per module; EndToEndTests drives the built binaries.
        .target(name: "TestServer", path: "Tests/TestServer", swiftSettings: swiftSettings),
        tests("Basics", []),
        tests("Platform", ["Basics", "TestServer"]),
        .target(
            name: "SpecificationFuzzing", dependencies: ["Basics", "ProviderKit", "Providers", "Specification"],
            path: "Tests/SpecificationFuzzing", swiftSettings: swiftSettings),
        tests(
            "Specification", ["Basics", "ProviderKit", "Providers", "SpecificationFuzzing", "Statistics", "TaskKit", "Tasks"],
            resources: [.copy("Corpus")]),
        tests("Artifacts", ["Basics", "Platform"]),
        tests("Ledger", ["Basics", "Platform"]),
        tests("Statistics", ["Basics"]),
        tests("TaskKit", ["Basics", "Statistics"]),
        tests("TaskMetrics", ["Basics", "Statistics"]),
        tests("Tasks", ["Basics", "Statistics", "TaskKit", "TaskMetrics"]),
        tests("Audit", ["Basics", "Specification", "Statistics", "TaskKit", "Tasks"]),
        tests("AzureWire", ["Basics"]),
        tests("VertexWire", ["Basics"]),
        tests("AzureOpenAI", ["Basics", "Platform", "AzureWire", "ProviderKit", "TestServer"]),
        tests(
            "Providers",
            [
                "Basics", "Platform", "Specification", "Planning", "Artifacts", "Ledger", "Execution", "Steps", "AzureWire",
                "AzureOpenAI", "ProviderKit", "TaskKit", "VertexWire", "VisionProtocol", "TestServer",
            ]),
        tests("VisionProtocol", ["Basics", "Platform"]),
        tests("VisionWorker", ["Basics", "VisionProtocol"], resources: [.copy("Goldens"), .copy("Corpus")]),
        tests(
            "Planning",
            ["Basics", "Specification", "Artifacts", "ProviderKit", "Providers", "VisionProtocol", "TaskKit", "Tasks"]),
        tests("Execution", ["Basics", "Platform", "Planning", "Artifacts", "Ledger", "ProviderKit"]),
        tests(
            "Steps",
            [
                "Basics", "Platform", "Specification", "Planning", "Artifacts", "Execution", "Statistics",
                "AzureWire", "ProviderKit", "Providers", "VisionProtocol", "TaskKit", "Tasks",
            ]),
        tests(
            "Reporting",
            ["Basics", "Statistics", "Planning", "ProviderKit", "Providers", "Specification", "TaskKit", "Tasks"]),
        tests("Exports", ["Basics", "Platform", "Reporting", "Statistics", "TaskKit", "Tasks", "TestServer"]),
        tests(
            "Application",
            [
                "Artifacts", "Basics", "Platform", "Specification", "Planning", "Execution", "Ledger", "ProviderKit", "Providers",
                "Reporting", "Statistics", "Steps", "TaskKit", "Tasks",
            ]),
        .target(
            name: "EmulatorFakes", dependencies: ["EmulatorCore", "VisionProtocol"], path: "Tests/EmulatorFakes",
            swiftSettings: swiftSettings),
        tests(
            "AzureEmulator",
            ["Basics", "Platform", "AzureWire", "AzureOpenAI", "EmulatorCore", "EmulatorFakes", "ProviderKit", "VisionProtocol"]),
        tests("VertexEmulator", ["Basics", "Platform", "EmulatorCore", "EmulatorFakes", "VisionProtocol"]),
        tests(
            "WebView",
            ["Application", "Basics", "Execution", "Ledger", "Platform", "Reporting", "Statistics", "TaskKit", "Tasks"]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Basics", "Platform", "TestServer"], swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx17
)

if separateNetworks {
    for target in package.targets where target.name == "VisionProtocol" {
        target.swiftSettings = swiftSettings + [.define("SEPARATE_NETWORKS")]
    }
}

// The fuzzer brings its own main, so its targets are only there when scripts/fuzz builds them.
if Context.environment["ASSAY_FUZZ"] != nil {
    let fuzzers: [(name: String, folder: String, source: String, dependencies: [Target.Dependency])] = [
        ("spec-fuzz", "Spec", "SpecFuzz.swift", ["SpecificationFuzzing"]),
        ("prices-fuzz", "Prices", "PriceFuzz.swift", ["Basics", "Specification", "Planning"]),
        ("replies-fuzz", "Replies", "ReplyFuzz.swift", ["Basics", "Platform", "AzureWire", "AzureOpenAI", "ProviderKit"]),
        ("archives-fuzz", "Archives", "ArchiveFuzz.swift", ["Platform"]),
        ("images-fuzz", "Images", "ImageFuzz.swift", ["VisionProtocol", "VisionWorker"]),
    ]
    for fuzzer in fuzzers {
        let folder = "Tests/Fuzz/" + fuzzer.folder
        package.targets.append(
            .executableTarget(
                name: fuzzer.name, dependencies: fuzzer.dependencies, path: folder,
                sources: [fuzzer.source],
                swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])]))
    }
}
