import DaybookSQLite
import DaybookWriter
import Users

@main struct UsersWriter {
    static func main() async {
        await WriterDaemon.main(name: "users-writer", aggregates: [CommandHandler(User.self)], store: .sqlite)
    }
}
