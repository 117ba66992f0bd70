public import Daybook

/// The store in one SQLite file, as an executable's `main` names it: `.sqlite`.
public struct SQLiteStoreKind: StoreKind {
    public init() {}

    public func settings(writer name: String) -> [Setting] {
        [
            Setting("store.path", .string, default: "\(name).sqlite", purpose: "the store's file"),
            Setting(
                "keys.path", .string, default: "",
                purpose: "the file with the keys of personal data; without it they are stored as they are"),
        ]
    }

    public func location(
        settings: some SettingValues, writer name: String, partitionCount: Int
    ) throws -> any StoreLocation {
        SQLiteStoreLocation(
            path: try settings.string("store.path"), keys: try settings.optionalString("keys.path"),
            partitionCount: partitionCount, holder: name)
    }
}

extension StoreKind where Self == SQLiteStoreKind {
    /// SQLite, in one file that one process at a time may have.
    public static var sqlite: SQLiteStoreKind { SQLiteStoreKind() }
}
