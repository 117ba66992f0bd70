import Daybook
import Foundation
import Yams

extension SettingLayer {
    /// The number of keys that a file may have, each counted as often as aliases repeat it. Maps that refer to each
    /// other have more than anybody can walk through.
    private static let maximumKeys = 1000

    /// The values in a YAML file, its nested maps joined by dots. A file that cannot be read is a problem.
    static func file(_ path: String, _ catalogue: SettingCatalogue) -> SettingLayer {
        do {
            return yaml(try TextFile.read(path), path: path, catalogue)
        } catch {
            return SettingLayer(problems: ["file \(path): cannot be read: \(error.localizedDescription)"])
        }
    }

    /// The values in the text of a YAML file.
    static func yaml(_ text: String, path: String, _ catalogue: SettingCatalogue) -> SettingLayer {
        var layer = SettingLayer()
        do {
            let root = try Yams.compose(yaml: text)
            if let mapping = root?.mapping {
                if layer.isWalkable(mapping, catalogue) {
                    layer.collect(mapping, under: [], path: path, catalogue)
                } else {
                    layer.problems.append(
                        "file \(path): more than \(maximumKeys) keys, with those that aliases repeat")
                }
            } else if let root, root.null == nil {
                layer.problems.append("file \(path): expected a map of settings at the top")
            }
        } catch {
            layer.problems.append("file \(path): not valid YAML\(whereabouts(of: error))")
        }
        return layer
    }

    private func isWalkable(_ mapping: Node.Mapping, _ catalogue: SettingCatalogue) -> Bool {
        var count = 0
        return Self.count(mapping, depth: 1, upTo: catalogue.depth, into: &count)
    }

    /// Counts the keys that ``collect(_:under:path:_:)`` would look at.
    ///
    /// - Returns: `false` once there are too many, without a look at the others.
    private static func count(
        _ mapping: Node.Mapping, depth: Int, upTo limit: Int, into count: inout Int
    ) -> Bool {
        for (_, value) in mapping {
            count += 1
            guard count <= maximumKeys else { return false }
            guard depth < limit, let nested = value.mapping else { continue }
            guard self.count(nested, depth: depth + 1, upTo: limit, into: &count) else { return false }
        }
        return true
    }

    private mutating func collect(
        _ mapping: Node.Mapping, under prefix: [String], path: String, _ catalogue: SettingCatalogue
    ) {
        for (name, value) in mapping {
            let components = prefix + [name.string ?? "?"]
            let key = components.joined(separator: ".")
            if let setting = catalogue[key] {
                take(value, for: setting, path: path)
            } else if let nested = value.mapping, components.count < catalogue.depth {
                // No deeper than settings go: maps that refer to each other double with every level.
                collect(nested, under: components, path: path, catalogue)
            } else if value.null == nil || !catalogue.hasSection(key) {
                let hint = catalogue.hint(for: key, among: catalogue.settings.map(\.key))
                problems.append("unknown key \(key) in file \(path)\(hint)")
            }
        }
    }

    private mutating func take(_ value: Node, for setting: Setting, path: String) {
        // A key with nothing after it leaves the setting as it is.
        if value.null != nil { return }
        let origin = SettingOrigin.file(path)
        guard let scalar = value.scalar else {
            let expected = "expected \(setting.kind.expectation)"
            problems.append("\(setting.key) from \(origin): found a list or a map, \(expected)")
            return
        }
        // `http: {port: 1}` and `http.port: 1` name the same key, and YAML itself does not notice.
        guard !given.contains(where: { $0.key == setting.key }) else {
            problems.append("\(setting.key) from \(origin): given more than once")
            return
        }
        given.append(GivenValue(key: setting.key, text: scalar.string, origin: origin))
    }
}

/// The place where a file stops being YAML, and the reason. Yams would also quote the line, and that may hold a secret.
private func whereabouts(of error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        " at line \(mark.line): \(problem)"
    case .duplicatedKeysInMapping(let keys, _):
        ": \(keys.joined(separator: ", ")) given more than once"
    default:
        ""
    }
}
