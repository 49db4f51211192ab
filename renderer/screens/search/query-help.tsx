import { queryFields, queryOperators } from "../../model/query-fields.ts";

/** The query language on one page, from the same lists that the parser reads. */
export function QueryHelp() {
  return (
    <>
      <table className="query-table">
        <caption>Words beside each other must all hold. A word alone is looked for in names.</caption>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Sign</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {queryOperators.map(({ sign, help }) => (
            <tr key={sign}>
              <td>
                <code>{sign}</code>
              </td>
              <td>{help}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table className="query-table">
        <caption>Fields; any parameter (users&gt;7) and metric (eval/delay_minutes&lt;3) is one too.</caption>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Example</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {queryFields.map(({ name, example, help }) => (
            <tr key={name}>
              <td>
                <code>{example}</code>
              </td>
              <td>{help}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
