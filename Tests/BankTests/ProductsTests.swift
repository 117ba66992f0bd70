import Foundation
import TestSupport
import Testing

/// Another package can name the types in a library's interface only where the modules of these are products too.
@Suite struct `The products of the package` {
    @Test func `include each module that the interface of one of them names`() throws {
        let manifest = try String(contentsOf: repository.appending(path: "Package.swift"), encoding: .utf8)
        let products = Set(manifest.matches(of: #/\.library\(name: "(\w+)"/#).map { String($0.output.1) })
        let sources = repository.appending(path: "Sources")
        let modules = Set(try FileManager.default.contentsOfDirectory(atPath: sources.path))
        #expect(products.contains("DaybookWorker") && products.isSubset(of: modules))
        for product in products {
            let folder = sources.appending(path: product)
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            for file in files where file.hasSuffix(".swift") {
                let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
                let named = text.matches(of: #/(?m)^public import (\w+)$/#).map { String($0.output.1) }
                let missing = modules.intersection(named).subtracting(products)
                #expect(missing.isEmpty, "\(product)/\(file)")
            }
        }
    }
}
