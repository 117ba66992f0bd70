public import Daybook
import DaybookVersion

/// The settings of a running program: one checked value for every declared key.
public struct Settings: SettingValues {
    private let catalogue: SettingCatalogue
    private let values: [String: String]

    /// Finds a value for every declared setting: flags win over the environment, that over the file, that over
    /// the defaults.
    ///
    /// - Parameters:
    ///   - declared: everything that may be set. Whatever else is given is an error.
    ///   - arguments: the command line without the program's own name.
    ///   - environment: all variables; those that begin with `DAYBOOK_` are read.
    ///   - program: the name the help text shows.
    /// - Throws: `InformationRequested` if `--help` or `--version` is among the arguments, else `ConfigurationError`
    ///   with every problem there is.
    public static func load(
        _ declared: [Setting], arguments: [String], environment: [String: String], program: String
    ) throws -> Settings {
        let catalogue = SettingCatalogue(declared)
        let flags = CommandLineFlags(arguments, catalogue)
        if flags.wantsHelp {
            throw InformationRequested(text: help(program: program, declared: declared))
        }
        if flags.wantsVersion { throw InformationRequested(text: DaybookVersion.line(of: program) + "\n") }
        var layers = [flags.layer, .environment(environment, catalogue)]
        if let path = flags.configPath ?? environment["DAYBOOK_CONFIG"], !path.isEmpty {
            layers.append(.file(path, catalogue))
        }
        layers.append(.defaults(catalogue))

        // The first layer that has a key wins.
        let values = Dictionary(layers.flatMap(\.given).map { ($0.key, $0.text) }) { first, _ in first }
        let problems =
            layers.flatMap(\.problems)
            + layers.flatMap(\.given).compactMap(catalogue.problem)
            + missing(catalogue, values, layers)
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return Settings(catalogue: catalogue, values: values)
    }

    /// A required setting must be given, and not as nothing. One whose value is refused anyway is not missing.
    private static func missing(
        _ catalogue: SettingCatalogue, _ values: [String: String], _ layers: [SettingLayer]
    ) -> [String] {
        let required = catalogue.settings.filter { $0.defaultValue == nil && values[$0.key, default: ""].isEmpty }
        return required.filter { $0.kind == .string || values[$0.key] == nil }.map { setting in
            "\(setting.key) is required: give \(setting.kind.expectation) with \(setting.flag), "
                + "\(setting.environmentName) or in the configuration file (\(setting.purpose))"
        }
    }
}

extension Settings {
    /// The value as text.
    ///
    /// - Throws: `ConfigurationError` if the key is not declared.
    public func string(_ key: String) throws -> String {
        guard let value = values[key] else { throw ConfigurationError("\(key) is not a declared setting") }
        return value
    }

    /// The keys that have another value than in other settings of the same program.
    func keys(differingFrom other: Settings) -> [String] {
        catalogue.settings.map(\.key).filter { values[$0] != other.values[$0] }
    }

    /// `true` when the key is among the declared ones.
    func declares(_ key: String) -> Bool {
        catalogue[key] != nil
    }
}
