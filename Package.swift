// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioFoundation = Target.Dependency.product(name: "NIOFoundationCompat", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func daemon(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

/// Daybook runs on Linux; the libraries' other platforms are not supported.
let package = Package(
    name: "daybook",
    products: [
        .library(name: "RabbitMQ", targets: ["RabbitMQ"]),
        .library(name: "Daybook", targets: ["Daybook"]),
        .library(name: "DaybookAPI", targets: ["DaybookAPI"]),
        .library(name: "DaybookClient", targets: ["DaybookClient"]),
        .library(name: "DaybookSQLite", targets: ["DaybookSQLite"]),
        .library(name: "DaybookRabbitMQ", targets: ["DaybookRabbitMQ"]),
        .library(name: "DaybookService", targets: ["DaybookService"]),
        .library(name: "DaybookWriter", targets: ["DaybookWriter"]),
        .library(name: "DaybookWorker", targets: ["DaybookWorker"]),
        .library(name: "DaybookCLI", targets: ["DaybookCLI"]),
        .library(name: "DaybookTesting", targets: ["DaybookTesting"]),
        .executable(name: "users-writer", targets: ["users-writer"]),
        .executable(name: "users-worker", targets: ["users-worker"]),
        .executable(name: "user-statistics-worker", targets: ["user-statistics-worker"]),
        .executable(name: "daybook", targets: ["daybook-cli"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
        .plugin(name: "CommitNote", capability: .buildTool(), path: "Sources/CommitNote"),
        .target(name: "DaybookVersion", swiftSettings: strict, plugins: ["CommitNote"]),
        module("RabbitMQ", ["CRabbitMQ", logging, lifecycle, collections]),
        module("DaybookJSON", []),
        module("Daybook", ["DaybookJSON", logging, metrics, lifecycle, crypto, collections]),
        module("DaybookAPI", ["Daybook"]),
        module("DaybookClient", ["Daybook", "DaybookAPI", httpClient, nioCore, nioHTTP, nioPosix]),
        module("DaybookSQLite", ["Daybook", grdb, metrics]),
        module("DaybookRabbitMQ", ["Daybook", "RabbitMQ", logging, lifecycle]),
        module(
            "DaybookService",
            [
                "Daybook", "DaybookAPI", "DaybookVersion", hummingbird, hummingbirdCore, httpTypes, lifecycle, signals,
                yams, coreMetrics, logging, nioCore,
            ]),
        module(
            "DaybookWriter",
            [
                "DaybookService", "DaybookAPI", "DaybookRabbitMQ", hummingbird, httpTypes, lifecycle, logging, metrics,
                crypto,
            ]),
        module(
            "DaybookWorker",
            [
                "DaybookService", "DaybookAPI", "DaybookRabbitMQ", hummingbird, httpTypes, lifecycle, logging, metrics,
            ]),
        module(
            "DaybookCLI",
            [
                "Daybook", "DaybookAPI", "DaybookClient", "DaybookVersion", "DaybookService", "DaybookSQLite",
                argumentParser,
            ]),
        module("DaybookTesting", ["Daybook", "DaybookSQLite", grdb]),
        module("Users", ["Daybook"]),
        module("UserViews", ["Users", "DaybookSQLite", grdb]),
        daemon("users-writer", ["DaybookWriter", "DaybookSQLite", "Users"]),
        daemon("users-worker", ["DaybookWorker", "DaybookSQLite", "UserViews"]),
        daemon("user-statistics-worker", ["DaybookWorker", "DaybookSQLite", "UserViews"]),
        daemon("daybook-cli", ["DaybookCLI", "Users", "UserViews"]),
        daemon(
            "daybook-bench",
            [
                "Daybook", "DaybookAPI", "DaybookVersion", "DaybookSQLite", "DaybookRabbitMQ", "DaybookService",
                "DaybookWorker",
                "RabbitMQ", "Users", "UserViews", grdb, grdbSQLite, argumentParser, lifecycle, signals, logging,
                histogram,
            ]),
        .target(
            name: "TestSupport",
            dependencies: [
                "Daybook", "DaybookService", "RabbitMQ", "DaybookSQLite", grdb, httpClient, nioCore, nioFoundation,
                nioHTTP,
            ],
            path: "Tests/Support", swiftSettings: strict),
        .executableTarget(
            name: "fragile-writer", dependencies: ["DaybookWriter", "DaybookSQLite", "DaybookCLI"],
            path: "Tests/FragileWriter", swiftSettings: strict),
        tests(
            "DaybookServiceTests",
            [
                "Daybook", "DaybookAPI", "DaybookService", "DaybookVersion", "DaybookWriter", "DaybookWorker",
                "DaybookSQLite", "Users", "UserViews", "TestSupport", hummingbird, hummingbirdTesting, httpTypes,
                nioCore, grdb, lifecycle, logging, coreMetrics, signals,
            ]),
        tests("DaybookSQLiteTests", ["DaybookSQLite", "DaybookTesting", "TestSupport", "Users", grdb, coreMetrics]),
        tests(
            "DaybookWorkerTests",
            [
                "DaybookWorker", "DaybookAPI", "DaybookService", "DaybookSQLite", "DaybookTesting", "UserViews",
                "Users", "TestSupport", grdb, hummingbird, hummingbirdTesting, httpTypes, nioCore, lifecycle, logging,
                coreMetrics,
            ]),
        tests("DaybookTestingTests", ["DaybookTesting", "Daybook", "DaybookSQLite", grdb]),
        tests("UsersTests", ["Users", "UserViews", "DaybookSQLite", "DaybookTesting", "TestSupport", grdb]),
        tests(
            "EndToEndTests",
            [
                "TestSupport", "UserViews", "fragile-writer", httpClient, nioCore, nioHTTP, "RabbitMQ",
                "DaybookAPI", "DaybookService",
                "DaybookSQLite", grdb,
            ],
            exclude: [
                "answers.py", "consumer.py", "counts.c", "flushes.c", "order.py", "renames.c", "requirements.txt",
                "validate.py",
            ]),
        tests(
            "BankTests",
            [
                "DaybookWriter", "DaybookWorker", "DaybookSQLite", "DaybookCLI", "DaybookClient", "DaybookAPI",
                "DaybookTesting", "TestSupport", grdb,
            ]),
        tests("DaybookAPITests", ["DaybookAPI", "Daybook"]),
        tests(
            "DaybookCLITests",
            [
                "DaybookCLI", "DaybookAPI", "DaybookClient", "DaybookService", "DaybookSQLite", "Daybook", "Users",
                "UserViews", "TestSupport", argumentParser, hummingbird, hummingbirdTesting, httpTypes, nioCore,
                logging,
            ]),
        tests(
            "DaybookClientTests",
            ["DaybookClient", "DaybookAPI", "Daybook", hummingbird, hummingbirdTesting, httpTypes, nioCore, logging]),
        tests("DaybookJSONTests", ["DaybookJSON", "DaybookTesting"]),
        tests("DaybookTests", ["Daybook", "DaybookTesting", "TestSupport", lifecycle, logging]),
        tests("DaybookRabbitMQTests", ["DaybookRabbitMQ", "RabbitMQ", "TestSupport", lifecycle, logging]),
        tests("RabbitMQTests", ["RabbitMQ", "TestSupport"]),
    ]
)
