export default function Passage() {
  return <p className="vt-passage">{props.passage}</p>
}
