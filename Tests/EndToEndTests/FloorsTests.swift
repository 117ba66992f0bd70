import Foundation
import TestSupport
import Testing

/// In each module the folders stand on floors, the lowest first. Code uses what stands below it and nothing above.
private let floors: [String: [String]] = [
    "RabbitMQ": ["Values", "Frames", "Messages", "Connection", "Channel"],
    "DaybookJSON": ["Text", "Tape", "Encoding", "Decoding", "Value", ""],
    "Daybook": [
        "", "Settings", "Concurrency", "Time", "Vocabulary", "Query", "Upcasting", "ProcessEnd", "Store", "Files",
        "Quarantine", "Log", "Chain", "Domain", "CloudEvents", "Repository", "PersonalData", "Catalogue", "History",
        "Relay", "Projection", "Lanes", "Runner", "Parking", "Serving", "Generations", "Worker", "Writer", "Memory",
        "Memory/ReadModels", "Memory/Reactions",
    ],
    "DaybookAPI": [
        "Values", "Problems", "Health", "Commands", "Events", "Projections", "Parking", "Rows", "Operations",
    ],
    "DaybookClient": ["Values", "HTTP", "", "Writer", "Batches", "Worker"],
    "DaybookSQLite": [
        "SQLite", "Files", "Store/Keys", "Store/Tables", "Store/Tags", "Store/Append", "Store", "ReadModel/Parking",
        "ReadModel/Generations", "ReadModel/Serving", "ReadModel/Applying", "ReadModel/Reactions", "ReadModel",
        "Verification", "Copies",
    ],
    "DaybookRabbitMQ": [""],
    "DaybookService": ["Metrics", "Configuration", "", "HTTP/Problems", "HTTP/Guards", "HTTP"],
    "DaybookWriter": ["Upkeep", "Commands", "Batches", "Events", "Quarantine", ""],
    "DaybookWorker": ["Generations", "Scratch", "Operations", "Projections", "Reactions", "Routes", ""],
    "DaybookCLI": [
        "", "Output", "Client", "Options", "Schemas", "Documents", "Commands/Events", "Commands/Projections",
        "Commands/Stores", "Commands/Schemas", "Commands",
    ],
    "DaybookTesting": ["", "Contracts", "Contracts/ReadModels"],
    "daybook-bench": ["", "InProcess", "Processes", "Scenarios", "Growth", "Report", "Commands"],
]

/// What a module may import of the others in this package, and of databases. Other libraries are not looked at.
private let walls: [String: Set<String>] = [
    "RabbitMQ": ["CRabbitMQ"],
    "DaybookJSON": [],
    "Daybook": ["DaybookJSON"],
    "DaybookAPI": ["Daybook", "DaybookJSON"],
    "DaybookClient": ["Daybook", "DaybookAPI"],
    "DaybookSQLite": ["Daybook", "GRDB", "GRDBSQLite"],
    "DaybookRabbitMQ": ["Daybook", "RabbitMQ"],
    "DaybookService": ["Daybook", "DaybookAPI", "DaybookVersion"],
    "DaybookWriter": ["Daybook", "DaybookAPI", "DaybookRabbitMQ", "DaybookService"],
    "DaybookWorker": ["Daybook", "DaybookAPI", "DaybookRabbitMQ", "DaybookService"],
    "Users": ["Daybook"],
]

/// The files of a module and what they say, without comments and texts.
private func sources(of module: String) throws -> [(file: String, code: String)] {
    let folder = repository.appending(path: "Sources/\(module)")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
    return try files.sorted().map { file in
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        return (file, text.replacing(#/(?s:""".*?""")|"(?:\\.|[^"\\\n])*"|//[^\n]*/#, with: ""))
    }
}

@Suite struct `The walls of a module` {
    @Test(arguments: walls.keys.sorted())
    func `let nothing through that it must not know`(module: String) throws {
        let modules = try FileManager.default.contentsOfDirectory(atPath: repository.appending(path: "Sources").path)
        let watched = Set(modules + ["GRDB", "GRDBSQLite"])
        let allowed = try #require(walls[module]).union([module])
        let files = try sources(of: module)
        #expect(!files.isEmpty)
        for (file, code) in files {
            let imported = code.matches(of: #/\bimport (\w+)/#).map { String($0.output.1) }
            let refused = watched.intersection(imported).subtracting(allowed).sorted()
            #expect(refused.isEmpty, "\(module)/\(file) imports \(refused.joined(separator: ", "))")
        }
    }
}

@Suite struct `The floors of a module` {
    @Test(arguments: floors.keys.sorted())
    func `use nothing above them`(module: String) throws {
        let order = try #require(floors[module])
        var floorOfType: [String: Int] = [:]
        var words: [(file: String, floor: Int, words: Set<String>)] = []
        for (file, code) in try sources(of: module) {
            let folder = file.split(separator: "/").dropLast().joined(separator: "/")
            let floor = try #require(order.firstIndex(of: folder), "\(file) stands on no floor")
            for match in code.matches(of: declaration) { floorOfType[String(match.output.1)] = floor }
            words.append((file, floor, Set(code.matches(of: #/\b[A-Z]\w*/#).map { String($0.output) })))
        }
        for (file, floor, words) in words {
            let above = words.filter { floorOfType[$0, default: 0] > floor }.sorted()
            #expect(above.isEmpty, "\(module)/\(file) uses \(above.joined(separator: ", "))")
        }
    }

    /// A type that other files of its module can name.
    private var declaration: Regex<(Substring, Substring)> {
        #/^(?:(?:public|package|final|indirect) )*(?:struct|class|enum|actor|protocol|typealias) (\w+)/#
            .anchorsMatchLineEndings()
    }
}
