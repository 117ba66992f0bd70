import Daybook
import DaybookAPI
import Testing

@Suite struct `The lines of rows` {
    @Test(arguments: [
        RowsResponse.progress(.example), .head(.example), .row(.example), .end(.example), .problem(.example),
    ])
    func `are told apart by their members`(line: RowsResponse) throws {
        #expect(try JSON.decode(RowsResponse.self, from: JSON.encode(line)) == line)
    }

    @Test func `have a row with the columns in their order`() throws {
        let row = TableRow(table: "users", row: EncodedJSON(Array(#"{"user_id":"ada","email":null}"#.utf8)))
        let line = String(decoding: try JSON.encode(RowsResponse.row(row)), as: UTF8.self)
        #expect(line == #"{"row":{"user_id":"ada","email":null},"table":"users"}"#)
    }
}
