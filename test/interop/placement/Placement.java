import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HexFormat;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/**
 * Where the Java producer places keys: one line for each key of the list on
 * standard input, its bytes in hexadecimal and then the partition of each count.
 */
public class Placement {
    public static void main(String[] counts) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null; ) {
            byte[] key = HexFormat.of().parseHex(line.strip());
            StringBuilder out = new StringBuilder(line.strip());
            for (String n : counts) {
                out.append(' ').append(BuiltInPartitioner.partitionForKey(key, Integer.parseInt(n)));
            }
            System.out.println(out);
        }
    }
}
