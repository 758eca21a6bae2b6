import { useRecoilValue } from "recoil"
import { sessionIdState } from "@chainlit/react-client"

export default function MarkedPicture() {
  const { picture, mask, name } = props
  const sessionId = useRecoilValue(sessionIdState)
  const marks = `url("${apiClient.getElementUrl(mask, sessionId)}")`
  return (
    <div className="vt-marked" role="img" aria-label={`${name}, marked where it may change`}>
      <img src={apiClient.getElementUrl(picture, sessionId)} alt="" />
      <span style={{ WebkitMaskImage: marks, maskImage: marks }} />
    </div>
  )
}
