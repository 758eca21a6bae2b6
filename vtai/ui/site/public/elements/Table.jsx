const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`

const extent = ({ rows, total, columns, hidden }) => {
  const shown = rows.length < total ? `first ${rows.length} of ${count(total, "row", "rows")}` : count(total, "row", "rows")
  return hidden ? `${shown}, ${columns.length} of ${count(columns.length + hidden, "column", "columns")}` : shown
}

export default function Table() {
  const { title, columns, numbers, rows } = props
  const align = (at) => (numbers[at] ? "vt-number-cell" : undefined)
  const about = [title, extent(props)].filter(Boolean).join(": ")
  return (
    <figure className="vt-table">
      <figcaption>
        {title && <strong>{title}</strong>}
        <span className="vt-facts">{extent(props)}</span>
      </figcaption>
      {/* What scrolls must be reachable with the keyboard. */}
      <div className="vt-table-box" role="region" aria-label={about} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {columns.map((column, at) => (
                <th key={at} scope="col" className={align(at)}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, number) => (
              <tr key={number}>
                {row.map((cell, at) => (
                  <td key={at} className={align(at)}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  )
}
