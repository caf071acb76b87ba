import io.trino.plugin.hive.HivePlugin;
import io.trino.plugin.iceberg.IcebergPlugin;
import io.trino.server.testing.TestingTrinoServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Serves the Iceberg tables and the landed files of this machine to clients on it, until its input ends.
 *
 * <p>Two catalogs over one metastore, as Athena has one database for both: `hive` reads landed files, and hands
 * every Iceberg table on to `iceberg`. Given: the metastore's folder, and the file that its address is written to.
 */
class Serve {
    public static void main(String[] given) throws Exception {
        String metastore = "local://" + given[0];
        Map<String, String> common = Map.of(
                "hive.metastore.catalog.dir", metastore,
                "fs.local.enabled", "true",
                "local.location", "/");
        Map<String, String> iceberg = new HashMap<>(common);
        iceberg.put("iceberg.catalog.type", "TESTING_FILE_METASTORE");
        iceberg.put("iceberg.register-table-procedure.enabled", "true");
        Map<String, String> hive = new HashMap<>(common);
        hive.put("hive.metastore", "file");
        hive.put("hive.iceberg-catalog-name", "iceberg");
        hive.put("hive.recursive-directories", "true");
        try (TestingTrinoServer server = TestingTrinoServer.builder().build()) {
            server.installPlugin(new IcebergPlugin());
            server.installPlugin(new HivePlugin());
            server.createCatalog("iceberg", "iceberg", iceberg);
            server.createCatalog("hive", "hive", hive);
            Files.writeString(Path.of(given[1]), server.getBaseUrl().toString());
            while (System.in.read() >= 0) {}
        }
        System.exit(0);
    }
}
