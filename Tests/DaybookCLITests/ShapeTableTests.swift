import Foundation
import TestSupport
import Testing

@Suite struct `The tables of shapes` {
    /// The types in `TheWayOfAFact.md`, each with the file below `Sources` that is said to declare it.
    private func shapes() throws -> [(name: String, path: String)] {
        let article = repository.appending(path: "Sources/Daybook/Daybook.docc/TheWayOfAFact.md")
        let text = try String(contentsOf: article, encoding: .utf8)
        let row = #/^\| `+(\w+)`+ \| `([\w\/]+\.swift)` \|/#.anchorsMatchLineEndings()
        return text.matches(of: row).map { (name: String($0.output.1), path: String($0.output.2)) }
    }

    @Test func `name types that are where they say`() throws {
        let shapes = try shapes()
        #expect(shapes.count == 13 + 5)
        for shape in shapes {
            let file = repository.appending(path: "Sources/\(shape.path)")
            let code = try String(contentsOf: file, encoding: .utf8)
            let declarations = ["struct", "class", "protocol"].flatMap { kind in
                [" {", ":", "<"].map { "\(kind) \(shape.name)\($0)" }
            }
            #expect(declarations.contains { code.contains($0) }, "\(shape.name) is not in \(shape.path)")
        }
    }
}
