import { useRecoilValue } from "recoil"
import { sessionIdState } from "@chainlit/react-client"

export default function MarkedPicture() {
  const { picture, mask, name, urls } = props
  const sessionId = useRecoilValue(sessionIdState)
  const url = (key) => urls?.[key] ?? apiClient.getElementUrl(key, sessionId)
  const marks = `url("${url(mask)}")`
  return (
    <div className="vt-marked" role="img" aria-label={`${name}, marked where it may change`}>
      <img src={url(picture)} alt="" />
      <span style={{ WebkitMaskImage: marks, maskImage: marks }} />
    </div>
  )
}
