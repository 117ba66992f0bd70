import GRDB

extension Configuration {
    /// A configuration for a file that others may have open: waits up to five seconds for them.
    static var shared: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        return configuration
    }

    /// The same for a file that is only read.
    static var readOnly: Configuration {
        var configuration = shared
        configuration.readonly = true
        return configuration
    }
}
