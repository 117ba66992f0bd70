public import Daybook

/// A row of a table.
public struct TableRow: APIDocument, Equatable {
    public var table: String
    /// An object with a member for each column, in the order of the columns: NULL is `null`, bytes are base64.
    public var row: EncodedJSON

    public init(table: String, row: EncodedJSON) {
        self.table = table
        self.row = row
    }

    public static let example = TableRow(
        table: "users",
        row: ExampleValues.json(#"{"user_id":"ada","email":"ada@example.com","name":"Ada Lovelace"}"#))
}
