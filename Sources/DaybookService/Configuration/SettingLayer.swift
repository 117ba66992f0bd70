import Daybook

/// The place where a value was found, as a message names it.
enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
    case flag(String)
    case environment(String)
    case file(String)
    case declaration

    var description: String {
        switch self {
        case .flag(let name): "flag \(name)"
        case .environment(let name): "environment variable \(name)"
        case .file(let path): "file \(path)"
        case .declaration: "its default"
        }
    }

    /// Flags show up in process listings and files in version control: neither is a place for a secret.
    var maySupplySecrets: Bool {
        switch self {
        case .flag, .file: false
        case .environment, .declaration: true
        }
    }
}

/// The text found for one declared key.
struct GivenValue: Sendable, Equatable {
    let key: String
    let text: String
    let origin: SettingOrigin
}

/// Everything one source had to say: values for declared keys, and complaints about the rest.
struct SettingLayer: Sendable, Equatable {
    var given: [GivenValue] = []
    var problems: [String] = []

    /// The defaults the settings were declared with.
    static func defaults(_ catalogue: SettingCatalogue) -> SettingLayer {
        let given = catalogue.settings.compactMap { setting in
            setting.defaultValue.map { GivenValue(key: setting.key, text: $0, origin: .declaration) }
        }
        return SettingLayer(given: given)
    }

    /// The `DAYBOOK_` variables, without those of the other programs.
    static func environment(_ variables: [String: String], _ catalogue: SettingCatalogue) -> SettingLayer {
        var layer = SettingLayer()
        let known = Dictionary(catalogue.settings.map { ($0.environmentName, $0.key) }) { first, _ in first }
        for (name, text) in variables.sorted(by: { $0.key < $1.key }) where isOurs(name) {
            if let key = known[name] {
                layer.given.append(GivenValue(key: key, text: text, origin: .environment(name)))
            } else if !FamilyVariables.names.contains(name) {
                let hint = catalogue.hint(for: name, among: Array(known.keys.sorted()))
                layer.problems.append("unknown environment variable \(name)\(hint)")
            }
        }
        return layer
    }

    /// `DAYBOOK_CONFIG` names the file, and the test suite keeps its own variables under `DAYBOOK_TEST_`.
    private static func isOurs(_ name: String) -> Bool {
        name.hasPrefix("DAYBOOK_") && name != "DAYBOOK_CONFIG" && !name.hasPrefix("DAYBOOK_TEST_")
    }
}
